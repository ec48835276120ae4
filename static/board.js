// What only the board has: letters that act on slots, and alerts when something is filled or needs a person.
const help = byId("help");
const wishes = { keys: "on", ...JSON.parse(localStorage.getItem("wishes") ?? "{}") };
const wants = (name) => wishes[name] === "on";

function wish(name, isOn) {
  wishes[name] = isOn ? "on" : "off";
  localStorage.setItem("wishes", JSON.stringify(wishes));
}

// Alerts. They say that something happened and never to whom.
function sound() {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.connect(volume).connect(audio.destination);
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.2, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.6);
  tone.start();
  tone.stop(audio.currentTime + 0.6);
  tone.onended = () => audio.close();
}

function alertAbout(sentence) {
  if (wants("sound")) sound();
  if (wants("notice") && window.Notification?.permission === "granted") new Notification(sentence, { tag: "board" });
}

const numbers = (name) => new Set((byId("board").dataset[name] ?? "").split(" ").filter(Boolean));
let known = { needing: numbers("needing"), filled: numbers("filled") };
const title = document.title;
let isNews = false;

function badge() {
  const count = numbers("needing").size;
  document.title = `${isNews ? "● " : ""}${count ? `(${count}) ` : ""}${title}`;
}

function notice() {
  const now = { needing: numbers("needing"), filled: numbers("filled") };
  const isNew = (name) => [...now[name]].some((number) => !known[name].has(number));
  const sentence = isNew("needing") ? help.dataset.needs : isNew("filled") ? help.dataset.filled : "";
  known = now;
  if (sentence) {
    isNews = document.hidden || !document.hasFocus();
    alertAbout(sentence);
  }
  badge();
}
document.addEventListener("htmx:afterSwap", notice);
window.addEventListener("focus", () => { isNews = false; badge(); });
badge();

// The dialog.
byId("open-help").hidden = false;
byId("open-help").addEventListener("click", () => help.showModal());
byId("close-help").addEventListener("click", () => help.close());
for (const box of help.querySelectorAll("[data-wish]")) {
  box.checked = wants(box.dataset.wish);
  box.addEventListener("change", async () => {
    wish(box.dataset.wish, box.checked);
    if (box.dataset.wish !== "notice" || !box.checked) return;
    const answer = await window.Notification?.requestPermission();
    if (answer !== "granted") byId("alert-said").textContent = help.dataset.refused;
  });
}
byId("try-alert").addEventListener("click", () => {
  byId("alert-said").textContent = help.dataset.test;
  alertAbout(help.dataset.test);
});

// The letters.
const TYPED = "input, select, textarea, [contenteditable]";

function step(by) {
  const slots = [...document.querySelectorAll("#board article")];
  const here = slots.indexOf(document.activeElement.closest("article"));
  const next = slots[here === -1 && by < 0 ? slots.length - 1 : here + by];
  next?.querySelector("h3 a").focus();
}

const elsewhere = {
  j: () => step(1),
  k: () => step(-1),
  s: () => byId("hold").click(),
  l: () => byId("lobby").click(),
  c: () => document.querySelector('nav a[href="/cancellations/new/"]')?.click(),
  "?": () => help.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (help.open || event.ctrlKey || event.altKey || event.metaKey || event.target.closest(TYPED)) return;
  if (event.key !== "?" && !wants("keys")) return;
  const slot = document.activeElement.closest("article");
  const button = slot?.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!button && !elsewhere[event.key]) return;
  event.preventDefault();
  if (button) button.click();
  else elsewhere[event.key]();
});
