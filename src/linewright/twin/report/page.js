// Draws the plots in the colours of the page, and again when it turns light or dark.
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}
function coloured(value) {
  if (typeof value === "string" && value.startsWith("var:")) {
    const [name, alpha] = value.slice(4).split("/");
    const hex = colour(name);
    if (!alpha) return hex;
    const part = (i) => parseInt(hex.slice(i, i + 2), 16);
    return `rgba(${part(1)},${part(3)},${part(5)},${alpha})`;
  }
  if (Array.isArray(value)) return value.map(coloured);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, coloured(v)]));
  }
  return value;
}
function draw() {
  const axis = { gridcolor: colour("rule"), zerolinecolor: colour("rule"), linecolor: colour("rule"), automargin: true };
  for (const plot of plots) {
    const layout = coloured(plot.layout);
    layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
    layout.font = { color: colour("ink"), family: "system-ui, Segoe UI, Roboto, sans-serif", size: 13 };
    layout.margin = Object.assign({ l: 60, r: 16, t: 8, b: 44 }, layout.margin);
    layout.xaxis = Object.assign({}, axis, layout.xaxis);
    layout.yaxis = Object.assign({}, axis, layout.yaxis);
    Plotly.react(plot.id, coloured(plot.data), layout, { displayModeBar: false, responsive: true });
  }
}
draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
