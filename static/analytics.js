// Each chart draws the cells of the table below it, in the colours of the page, and again when those change.
const drawings = JSON.parse(document.getElementById("drawings").textContent);
const root = document.documentElement;
const DASHES = [[], [6, 4], [2, 3]];
const POINTS = ["circle", "rect", "triangle"];
const TARGET_DASHES = [10, 4];
let drawn = [];

const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

function line(series, place) {
  const shade = colour(["--act", "--good", "--warn"][place]);
  return {
    label: series.name,
    data: series.values,
    borderColor: shade,
    backgroundColor: shade,
    borderDash: DASHES[place],
    pointStyle: POINTS[place],
    spanGaps: true,
  };
}

function bar(series, place) {
  const shade = colour(["--act", "--edge"][place]);
  return { label: series.name, data: series.values, backgroundColor: shade, maxBarThickness: 48 };
}

function target(drawing) {
  const data = drawing.labels.map(() => drawing.target);
  const shade = colour("--bad");
  const look = { borderColor: shade, backgroundColor: shade, borderDash: TARGET_DASHES, pointRadius: 0 };
  return { type: "line", label: drawing.target_name, data, ...look };
}

function draw(canvas) {
  const drawing = drawings.find((each) => each.key === canvas.dataset.chart);
  const datasets = drawing.series.map(drawing.kind === "line" ? line : bar);
  if (drawing.target !== null) datasets.push(target(drawing));
  const ticks = { color: colour("--bs-body-color"), precision: 0 };
  const axis = { ticks, grid: { color: colour("--bs-border-color") } };
  const legend = { labels: { color: colour("--bs-body-color"), usePointStyle: true } };
  return new Chart(canvas, {
    type: drawing.kind,
    data: { labels: drawing.labels, datasets },
    options: {
      animation: false,
      locale: root.lang,
      maintainAspectRatio: false,
      plugins: { legend },
      scales: { x: axis, y: { ...axis, beginAtZero: true } },
    },
  });
}

function drawAll() {
  for (const chart of drawn) chart.destroy();
  drawn = [...document.querySelectorAll("canvas[data-chart]")].map(draw);
}

drawAll();
new MutationObserver(drawAll).observe(root, { attributeFilter: ["data-bs-theme"] });

// Paper is white.
let theme = "";
addEventListener("beforeprint", () => {
  theme = root.dataset.bsTheme;
  root.dataset.bsTheme = "light";
  drawAll();
});
addEventListener("afterprint", () => {
  root.dataset.bsTheme = theme;
  drawAll();
});
document.getElementById("print")?.addEventListener("click", () => print());
