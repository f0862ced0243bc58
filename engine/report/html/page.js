"use strict";
// The charts of the page. run is the data that the page carries; nothing is fetched.
(async () => {
  // A probe resolves light-dark() to the colour that holds now: a canvas wants a plain one.
  const probe = document.body.appendChild(document.createElement("i"));
  const ink = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };

  // unpack reads a column: base64, raw deflate, differences of whole numbers.
  async function unpack(c) {
    const bytes = Uint8Array.from(atob(c.data), (x) => x.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const whole = new Int32Array(await new Response(stream).arrayBuffer());
    const values = new Array(c.count), unit = 10 ** Math.abs(c.scale);
    let sum = 0;
    for (let i = 0; i < c.count; i++) {
      if (whole[i] === -2147483648) { values[i] = null; continue; }
      sum += whole[i];
      values[i] = c.scale < 0 ? sum * unit : sum / unit;
    }
    return values;
  }

  const shared = uPlot.sync("time");
  const charts = [];
  const utc = (seconds) => new Date(seconds * 1000);
  const axis = (extra) => ({ stroke: () => ink("--soft"), grid: { stroke: () => ink("--line"), width: 1 }, ticks: { stroke: () => ink("--line"), width: 1 }, ...extra });
  // dates: what an axis says for steps of so many seconds, and below it where the day, month or year turns.
  const day = "\n{YYYY}-{MM}-{DD}";
  const dates = [
    [31536000, "{YYYY}", null, null, null, null, null, null, 1], [2419200, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [86400, "{DD} {MMM}", "\n{YYYY}", null, null, null, null, null, 1], [3600, "{HH}:{mm}", day, null, day, null, null, null, 1],
    [60, "{HH}:{mm}", day, null, day, null, null, null, 1], [1, "{HH}:{mm}:{ss}", day, null, day, null, null, null, 1],
  ];
  const width = (at) => Math.max(280, document.getElementById(at).clientWidth);
  const short = (v) => v == null ? "–" : Math.abs(v) >= 1e5 ? v.toLocaleString("en", { maximumFractionDigits: 0 }) : v.toLocaleString("en", { maximumFractionDigits: Math.abs(v) < 10 ? 5 : 2 });

  // plain writes an axis value with as many digits as its steps need.
  const plain = (v, step) => { const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9)); return v.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }); };

  // draw makes a chart whose time axis all others follow.
  function draw(at, height, series, data, more = {}) {
    const u = new uPlot({
      width: width(at), height, tzDate: utc, series: [{ value: (_, v) => v == null ? "–" : utc(v).toISOString().slice(0, 19).replace("T", " ") }, ...series],
      axes: [axis({ values: more.times === false ? () => [] : dates, size: more.times === false ? 12 : 50 }), axis({ size: 76, values: (_, all, __, ___, step) => all.map(more.label ?? ((v) => plain(v, step))) })],
      cursor: { sync: { key: shared.key, setSeries: false }, drag: { x: true, y: false, setScale: false }, focus: { prox: 24 } },
      scales: { x: { time: true }, y: more.y ?? {} }, bands: more.bands ?? [], legend: { live: true },
      hooks: { setSelect: [(u) => u.select.width > 4 && zoom(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"))], draw: more.draw ?? [], setCursor: more.cursor ?? [] },
    }, data, document.getElementById(at));
    u.over.addEventListener("dblclick", () => zoom(first, last));
    pinch(u);
    charts.push({ u, at, height });
    return u;
  }

  // zoom shows a span of time in every chart.
  function zoom(from, to) {
    from = Math.max(first, from); to = Math.min(last, to);
    if (!(to > from)) return;
    for (const c of charts) {
      c.u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      c.u.setScale("x", { min: from, max: to });
    }
    document.body.dataset.from = from;
    document.body.dataset.to = to;
  }

  // pinch zooms and moves with two fingers.
  function pinch(u) {
    let start = null;
    const span = (e) => { const box = u.over.getBoundingClientRect(), x = [...e.touches].map((t) => t.clientX - box.left).sort((a, b) => a - b); return [u.posToVal(x[0], "x"), u.posToVal(x[1], "x"), x[0], x[1]]; };
    u.over.addEventListener("touchstart", (e) => { if (e.touches.length === 2) { e.preventDefault(); start = span(e); } }, { passive: false });
    u.over.addEventListener("touchmove", (e) => {
      if (e.touches.length !== 2 || !start) return;
      e.preventDefault();
      const now = span(e), perPixel = (start[1] - start[0]) / Math.max(12, now[3] - now[2]);
      zoom(start[0] - now[2] * perPixel, start[0] + (u.over.clientWidth - now[2]) * perPixel);
    }, { passive: false });
    u.over.addEventListener("touchend", () => { start = null; });
  }

  const times = await unpack(run.times), equity = await unpack(run.equity);
  if (times.length < 2) { document.body.dataset.ready = "1"; return; }
  let first = times[0], last = times[times.length - 1];
  let peak = -Infinity;
  const fall = equity.map((v) => { peak = Math.max(peak, v); return peak > 0 ? 100 * (v - peak) / peak : 0; });
  draw("equity-chart", 260, [{ label: "equity, " + run.quote, stroke: () => ink("--main"), width: 1.5, value: (_, v) => short(v) }], [times, equity], { times: false });
  draw("fall-chart", 130, [{ label: "below the peak, %", stroke: () => ink("--loss"), fill: () => ink("--loss").replace("rgb(", "rgba(").replace(")", ", .18)"), width: 1, value: (_, v) => v == null ? "–" : v.toFixed(2) }], [times, fall], { label: (v) => +v.toFixed(4) + " %" });

  // market shows one instrument: range and close of every bar, own lines, fills.
  let chosen = null;
  async function market(m) {
    if (chosen) { charts.splice(charts.findIndex((c) => c.u === chosen), 1); chosen.destroy(); }
    const at = await unpack(m.times), high = await unpack(m.high), low = await unpack(m.low), close = await unpack(m.close);
    const series = [
      { label: "high", stroke: "transparent", value: (_, v) => short(v) }, { label: "low", stroke: "transparent", value: (_, v) => short(v) },
      { label: "close", stroke: () => ink("--ink"), width: 1, value: (_, v) => short(v) },
    ];
    const tables = [[at, high, low, close]];
    for (const [i, l] of m.lines.entries()) {
      series.push({ label: l.name, stroke: `hsl(${(i * 67 + 210) % 360} 70% 50%)`, width: 1.25, spanGaps: true, value: (_, v) => short(v) });
      tables.push([await unpack(l.times), await unpack(l.values)]);
    }
    const data = uPlot.join(tables);
    const fills = m.fills;
    const mark = (u) => {
      const c = u.ctx, size = 6 * devicePixelRatio;
      c.save();
      c.beginPath(); c.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height); c.clip();
      for (const f of fills) {
        if (f.at < u.scales.x.min || f.at > u.scales.x.max) continue;
        const x = u.valToPos(f.at, "x", true), y = u.valToPos(f.price, "y", true), d = f.buy ? 1 : -1;
        c.fillStyle = ink(f.buy ? "--gain" : "--loss");
        c.beginPath(); c.moveTo(x, y); c.lineTo(x - size, y + d * 1.7 * size); c.lineTo(x + size, y + d * 1.7 * size); c.fill();
      }
      c.restore();
    };
    const under = document.getElementById("under");
    const near = (u) => {
      const x = u.cursor.left;
      if (x == null || x < 0) { under.textContent = ""; return; }
      let best = null, gap = 14;
      for (const f of fills) { const d = Math.abs(u.valToPos(f.at, "x") - x); if (d < gap) { gap = d; best = f; } }
      under.textContent = best ? utc(best.at).toISOString().slice(0, 19).replace("T", " ") + "  " + best.text : "";
    };
    const range = (u, min, max) => {
      const [i, j] = u.series[0].idxs ?? [0, data[0].length - 1];
      let lo = Infinity, hi = -Infinity;
      for (let k = i; k <= j; k++) { if (data[2][k] != null) { lo = Math.min(lo, data[2][k]); hi = Math.max(hi, data[1][k]); } }
      return lo <= hi ? [lo - (hi - lo) * .05, hi + (hi - lo) * .05] : [min, max];
    };
    chosen = draw("market-chart", 420, series, data, { y: { range }, bands: [{ series: [1, 2], fill: () => ink("--soft").replace("rgb(", "rgba(").replace(")", ", .28)") }], draw: [mark], cursor: [near] });
    first = Math.min(first, at[0] ?? first); last = Math.max(last, at[at.length - 1] ?? last);
    for (const b of document.querySelectorAll("#markets button")) b.setAttribute("aria-pressed", b.textContent === m.instrument);
    const from = +document.body.dataset.from || first, to = +document.body.dataset.to || last;
    zoom(from, to);
  }
  for (const m of run.markets) {
    const b = document.getElementById("markets").appendChild(document.createElement("button"));
    b.type = "button"; b.textContent = m.instrument;
    b.addEventListener("click", () => market(m));
  }
  if (run.markets.length) await market(run.markets[0]);

  // spread counts the trades by what they made.
  const ended = run.trades.filter((t) => !t.open);
  if (ended.length) {
    const all = ended.map((t) => t.pct), lo = Math.min(...all), hi = Math.max(...all);
    const step = [.05, .1, .2, .5, 1, 2, 5, 10, 20, 50, 100].find((s) => (hi - lo) / s <= 40) ?? (hi - lo) / 40;
    const from = Math.floor(lo / step), bins = new Array(Math.floor(hi / step) - from + 1).fill(0);
    for (const v of all) bins[Math.floor(v / step) - from]++;
    const x = bins.map((_, i) => (from + i + .5) * step);
    const bars = (below) => bins.map((n, i) => (x[i] < 0) === below ? n : null);
    const u = new uPlot({
      width: width("spread-chart"), height: 180, cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false, range: [from * step, (from + bins.length) * step] }, y: { range: (_, __, max) => [0, max * 1.1] } },
      axes: [axis({ values: (_, v) => v.map((n) => +n.toFixed(4) + " %") }), axis({ size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 500, 1000] })],
      series: [{ label: "made", value: (_, v) => v == null ? "–" : `${(v - step / 2).toFixed(2)} to ${(v + step / 2).toFixed(2)} %` },
        { label: "lost", stroke: () => ink("--loss"), fill: () => ink("--loss"), paths: uPlot.paths.bars({ size: [.9, 60] }), points: { show: false } },
        { label: "won", stroke: () => ink("--gain"), fill: () => ink("--gain"), paths: uPlot.paths.bars({ size: [.9, 60] }), points: { show: false } }],
    }, [x, bars(true), bars(false)], document.getElementById("spread-chart"));
    charts.push({ u, at: "spread-chart", height: 180, apart: true });
    u.setScale = () => {}; // its axis is no time
  }

  for (const b of document.querySelectorAll("[data-span]")) {
    b.addEventListener("click", () => {
      const span = +b.dataset.span, end = +document.body.dataset.to || last;
      span ? zoom(Math.max(first, Math.min(end, last) - span), Math.max(first, Math.min(end, last) - span) + span) : zoom(first, last);
    });
  }
  for (const row of document.querySelectorAll("[data-trade]")) {
    row.addEventListener("click", async () => {
      const t = run.trades[+row.dataset.trade - 1], m = run.markets.find((x) => x.instrument === t.market);
      if (m) await market(m);
      const room = Math.max(3600, (t.closed - t.opened) * .5);
      zoom(t.opened - room, t.closed + room);
      document.getElementById("market").scrollIntoView({ behavior: "smooth" });
    });
  }
  const redraw = () => { for (const c of charts) c.u.setSize({ width: width(c.at), height: c.height }); };
  addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  document.getElementById("theme").addEventListener("click", () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark" || document.documentElement.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    redraw();
  });
  document.body.dataset.ready = "1";
})();
