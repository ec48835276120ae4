// Before anything is drawn: as light or dark as the device is.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const dress = () => { document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; };
dress();
dark.addEventListener("change", dress);
