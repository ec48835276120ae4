// Before anything is drawn: that scripts run, and as light or dark as the device is.
document.documentElement.classList.add("scripted");
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const dress = () => { document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; };
dress();
dark.addEventListener("change", dress);
