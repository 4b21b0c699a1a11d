// A map of dots, drawn by the page itself: China as the centres of its divisions, and places upon it.
import { html, t, useEffect, useMemo, useRef, useState } from "./kit.js";
import dots from "./china.js";

// Albers' equal-area projection with the parallels that maps of China use, in thousandths of the earth's radius.
const RAD = Math.PI / 180;
const [SOUTH, NORTH, MIDDLE] = [25 * RAD, 47 * RAD, 105];
const N = (Math.sin(SOUTH) + Math.sin(NORTH)) / 2;
const C = Math.cos(SOUTH) ** 2 + 2 * N * Math.sin(SOUTH);
const radius = (latitude) => Math.sqrt(C - 2 * N * Math.sin(latitude * RAD)) / N;
function onMap({ longitude, latitude }) {
  const angle = N * (longitude - MIDDLE) * RAD;
  const from = radius(latitude);
  return [1000 * from * Math.sin(angle), 1000 * (from * Math.cos(angle) - radius(36))].map((one) => Math.round(one * 10) / 10);
}

// Each lowest division's centre by its code.
const centres = new Map();
for (let at = 0, code = 0; at < dots.length; at += 8) {
  code += parseInt(dots.slice(at, at + 4), 36);
  centres.set(String(code), { longitude: 70 + parseInt(dots.slice(at + 4, at + 6), 36) / 20, latitude: parseInt(dots.slice(at + 6, at + 8), 36) / 20 });
}
const path = (places) => places.map(([x, y]) => `M${x} ${y}h0`).join("");
let country = null;
const land = () => (country ??= path([...centres.values()].map(onMap)));

const WHOLE = { x: -430, y: -330, width: 880, height: 740 };
const LEAST = 6;
// The window round some places, with air about them.
function around(places) {
  if (!places.length) return WHOLE;
  const xs = places.map((one) => one.at[0]);
  const ys = places.map((one) => one.at[1]);
  const width = Math.max(LEAST, (Math.max(...xs) - Math.min(...xs)) * 1.4, (Math.max(...ys) - Math.min(...ys)) * 1.4 * (WHOLE.width / WHOLE.height));
  return windowAt((Math.max(...xs) + Math.min(...xs)) / 2, (Math.max(...ys) + Math.min(...ys)) / 2, width);
}
function windowAt(x, y, wanted) {
  const width = Math.min(WHOLE.width, Math.max(LEAST, wanted));
  const height = (width * WHOLE.height) / WHOLE.width;
  return { x: x - width / 2, y: y - height / 2, width, height };
}

// `places` are { id, position, tone, words, near }, or have the code of a `district` instead of a position. Those with
// words have them beside their dot; those that are `near` are what the map begins with and comes back to, all of it
// where none is. `pick` hears the id of the place that is nearest to a tap.
export function DotMap({ places: told, label, pick, chosen }) {
  const places = useMemo(() => told.map((one) => ({ ...one, position: one.position ?? centres.get(one.district) })).filter((one) => one.position).map((one) => ({ ...one, at: onMap(one.position) })), [told]);
  const focus = useMemo(() => around(places.filter((one) => one.near)), [places]);
  const [view, setView] = useState(focus);
  const svg = useRef(null);
  const held = useRef(null);
  useEffect(() => setView(focus), [focus.x, focus.y, focus.width]);
  const unit = view.width / 600;
  const tones = useMemo(() => {
    const found = {};
    for (const one of places) (found[one.tone ?? "good"] ??= []).push(one.at);
    return Object.entries(found).map(([tone, all]) => [tone, path(all)]);
  }, [places]);
  const zoom = (by, [x, y] = [view.x + view.width / 2, view.y + view.height / 2]) => {
    const next = windowAt(0, 0, view.width * by);
    const scale = next.width / view.width;
    setView({ ...next, x: x - (x - view.x) * scale, y: y - (y - view.y) * scale });
  };
  const shift = (right, down) => setView({ ...view, x: view.x + (right * view.width) / 4, y: view.y + (down * view.height) / 4 });
  const pointOf = (event) => {
    const box = svg.current.getBoundingClientRect();
    const scale = Math.max(view.width / box.width, view.height / box.height);
    return [view.x + view.width / 2 + (event.clientX - box.x - box.width / 2) * scale, view.y + view.height / 2 + (event.clientY - box.y - box.height / 2) * scale, scale];
  };
  useEffect(() => {
    const element = svg.current;
    const turned = (event) => (event.preventDefault(), zoom(event.deltaY > 0 ? 1.25 : 0.8, pointOf(event)));
    element.addEventListener("wheel", turned, { passive: false });
    return () => element.removeEventListener("wheel", turned);
  }, [view]);
  function moved(event) {
    if (!held.current) return;
    const [, , scale] = pointOf(event);
    const { x, y, from } = held.current;
    if (Math.abs(event.clientX - x) + Math.abs(event.clientY - y) > 4) held.current.dragged = true;
    if (held.current.dragged) setView({ ...view, x: from.x - (event.clientX - x) * scale, y: from.y - (event.clientY - y) * scale });
  }
  function released(event) {
    const was = held.current;
    held.current = null;
    if (!was || was.dragged || !pick) return;
    const [x, y, scale] = pointOf(event);
    const away = (one) => Math.hypot(one.at[0] - x, one.at[1] - y);
    const nearest = places.reduce((best, one) => (!best || away(one) < away(best) ? one : best), null);
    if (nearest && away(nearest) < 24 * scale) pick(nearest.id);
  }
  const mine = places.find((one) => one.id === chosen);
  const steps = [["＋", t("放大"), () => zoom(0.5)], ["－", t("缩小"), () => zoom(2)], ["←", t("往左"), () => shift(-1, 0)], ["→", t("往右"), () => shift(1, 0)], ["↑", t("往上"), () => shift(0, -1)], ["↓", t("往下"), () => shift(0, 1)], [t("复位"), t("回到开头"), () => setView(focus)]];
  return html`<figure class="map">
    <svg ref=${svg} role="img" aria-label=${label} viewBox=${`${view.x} ${view.y} ${view.width} ${view.height}`}
      onPointerDown=${(event) => (held.current = { x: event.clientX, y: event.clientY, from: view })} onPointerMove=${moved} onPointerUp=${released} onPointerLeave=${() => (held.current = null)}>
      <path class="land" d=${land()} stroke-width=${3 * Math.max(unit, 0.25)} />
      ${tones.map(([tone, d]) => html`<path key=${tone} class=${`dot ${tone}`} d=${d} stroke-width=${9 * unit} />`)}
      ${mine && html`<circle class="ring" cx=${mine.at[0]} cy=${mine.at[1]} r=${10 * unit} stroke-width=${2.5 * unit} />`}
      ${places.filter((one) => one.words).map((one) => html`<text key=${one.id} x=${one.at[0] + 8 * unit} y=${one.at[1] + 4 * unit} font-size=${13 * unit}>${one.words}</text>`)}
    </svg>
    <div class="row steps-of-map">${steps.map(([sign, words, run]) => html`<button type="button" aria-label=${words} onClick=${run}>${sign}</button>`)}</div>
  </figure>`;
}
