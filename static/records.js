// Lists that look again by themselves: at once where the server's stream says so, else by their timer.
const STILL_FOR_MS = 1500;
const polled = () => document.querySelector("[data-polled]");
let pointedAt = 0;
document.addEventListener("pointermove", () => { pointedAt = Date.now(); });

const address = polled()?.dataset.live;
if (address) {
  new EventSource(address).addEventListener("changed", () => htmx.trigger(polled(), "changed"));
}

document.addEventListener("htmx:beforeSwap", (event) => {
  // The answer to an upload that was refused is a page like any other.
  if (event.detail.xhr.status === 422) event.detail.shouldSwap = true;
  if (event.detail.target !== polled()) return;
  // Nothing moves under a pointer that is moving.
  if (Date.now() - pointedAt < STILL_FOR_MS && document.querySelector("[data-polled]:hover")) {
    event.detail.shouldSwap = false;
  }
});
