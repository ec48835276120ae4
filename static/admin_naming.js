// Names for what Django's admin leaves without one: parts of a time, cells of a table, fields that complete names.
const headOf = (field) => {
  const cell = field.closest("td");
  if (cell) return cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
  return field.closest(".fieldBox, .form-row")?.querySelector("label, legend");
};

const words = (node) => (node?.textContent ?? "").trim().replace(/:$/, "");

const nameAll = () => {
  for (const field of document.querySelectorAll(".datetime input, .inline-group td :is(input, select, textarea)")) {
    if (!field.labels?.length) field.ariaLabel = [words(headOf(field)), words(field.previousSibling)].join(" ").trim();
  }
  for (const shown of document.querySelectorAll(".select2-selection__rendered")) {
    const head = headOf(shown);
    if (!head) continue;
    head.id ||= `head-${shown.id}`;
    shown.setAttribute("aria-labelledby", head.id);
    shown.parentElement.setAttribute("aria-labelledby", `${head.id} ${shown.id}`);
  }
  for (const tip of document.querySelectorAll(".help-tooltip:not([role])")) tip.setAttribute("role", "img");
  for (const group of document.querySelectorAll(".inline-group")) {
    // Scrolled with the keyboard, where nothing inside can be reached.
    const inside = [...group.querySelectorAll("a, button, select, textarea, input:not([type=hidden])")];
    if (!inside.some((field) => field.offsetParent)) group.tabIndex = 0;
  }
};

// After Django's own scripts, which draw some of these when all is loaded.
addEventListener("load", () => setTimeout(nameAll));
document.addEventListener("formset:added", () => setTimeout(nameAll));
