// The preview follows what is typed. The server makes it: one place counts segments, with or without this script.
const preview = document.getElementById("preview");
const form = preview.closest("form");
const PAUSE_MS = 250;
let waiting;
let asking = new AbortController();

async function show() {
  const entered = new FormData(form);
  for (const key of ["name", "language"]) {
    if (!entered.has(key)) entered.set(key, preview.dataset[key]);
  }
  // An answer to older words must not come last.
  asking.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(preview.dataset.url, { method: "POST", body: entered, signal: asking.signal });
    // Whose login has run out is led there, and sees no login in place of the preview.
    if (answer.redirected) location.reload();
    else if (answer.ok) preview.innerHTML = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError") document.getElementById("show-preview").hidden = false;
  }
}

if (form.querySelector("[name=body]")) {
  document.getElementById("show-preview").hidden = true;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE_MS);
  });
}
