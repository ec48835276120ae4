// Countdowns run on the server's clock: the page knows what time it was there when it was made.
const byId = (id) => document.getElementById(id);

function tick() {
  for (const element of document.querySelectorAll(".countdown")) {
    const { now } = element.closest("[data-now]").dataset;
    element.dataset.ends ||= Date.now() + (element.dataset.until - now) * 1000;
    const left = Math.max(0, Math.round((element.dataset.ends - Date.now()) / 1000));
    element.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  }
}

// The one place that speaks to those who listen; a sentence is said when it is new.
const polled = () => document.querySelector("[data-polled]");
const summary = () => (polled() ?? byId("preview"))?.dataset.summary;
let said = summary();

function say(sentence) {
  if (sentence && sentence !== said) byId("said").textContent = sentence;
  said = sentence;
}

function connected(isConnected) {
  const bar = byId("lost");
  if (!bar || bar.hidden === isConnected) return;
  bar.hidden = isConnected;
  say(isConnected ? byId("said").dataset.again : bar.textContent);
}

// A page that looks again by itself has one part that does. A stream says when; without one, or when it falls silent,
// a timer does.
const SELDOM_MS = 10000;
// The part that asked may have been swapped for the answer: the event then names what is around it.
const isPoll = (event) => event.detail.requestConfig.elt.hasAttribute("data-polled");
let lookedAt = 0;
const stream = polled()?.dataset.live;
const live = stream && new EventSource(stream);
// What changes while the answer is on its way is asked for once more. (The settings of htmx let a part that was swapped
// in hear at once: while it settles it would hear nothing.)
let isLooking = false;
let isChanged = false;
function look() {
  isChanged = isLooking;
  if (!isLooking) htmx.trigger(polled(), "changed");
}
if (live) live.addEventListener("changed", look);

function isNeedless(event) {
  const byTimer = event.detail.requestConfig.triggeringEvent?.type !== "changed";
  return byTimer && live && live.readyState === EventSource.OPEN && Date.now() - lookedAt < SELDOM_MS;
}

// Nothing moves under a pointer that is moving, nor while updates are paused. It is asked all the same: whose login
// has run out sees no patient any longer.
const STILL_MS = 1500;
const AIMED = "#board:hover .buttons, #slot:hover .buttons, [data-polled]:not(#board, #slot, #thread):hover";
let movedAt = 0;
let isHeld = false;
document.addEventListener("pointermove", () => { movedAt = Date.now(); });

byId("hold")?.addEventListener("click", (event) => {
  isHeld = !isHeld;
  event.target.setAttribute("aria-pressed", isHeld);
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isPoll(event)) return;
  if (isNeedless(event)) {
    event.preventDefault();
    return;
  }
  lookedAt = Date.now();
  isLooking = true;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const isAimed = Date.now() - movedAt < STILL_MS && document.querySelector(AIMED);
  if (isPoll(event) && (isHeld || isAimed)) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSwap", () => {
  tick();
  say(summary());
});
document.addEventListener("htmx:afterRequest", (event) => {
  connected(event.detail.successful);
  const at = event.detail.xhr.getResponseHeader("X-Checked-At");
  if (at && event.detail.successful && !isHeld) byId("updated").textContent = at;
  if (!isPoll(event)) return;
  isLooking = false;
  if (isChanged) look();
});

// Pressed twice a form is sent once: the second answer would say that somebody was faster. Whoever has stopped the page
// may send it again.
const SENT_MS = 10000;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, SENT_MS);
});

// The navigation where it is folded.
const opener = byId("open-menu");
const isOpen = () => opener?.getAttribute("aria-expanded") === "true";
opener?.addEventListener("click", () => opener.setAttribute("aria-expanded", !isOpen()));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !isOpen()) return;
  opener.setAttribute("aria-expanded", "false");
  opener.focus();
});

// Keeps files that are the same for everybody, and never a page: see sw.js.
navigator.serviceWorker?.register("/sw.js");

document.querySelector('[aria-invalid="true"]')?.focus();
tick();
setInterval(tick, 1000);
