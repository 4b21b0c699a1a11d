// Bars as inline SVG: one for each point, from a line at nought; what is below it hangs.
import { html } from "./kit.js";

const HEIGHT = 120;
const STEP = 20;

export function Bars({ label, points }) {
  const values = points.map((one) => one.value);
  const high = Math.max(0, ...values);
  const low = Math.min(0, ...values);
  const scale = high > low ? HEIGHT / (high - low) : 0;
  const nought = high * scale;
  return html`<figure class="plot stack"><figcaption>${label}</figcaption>
    <svg viewBox=${`0 0 ${Math.max(1, points.length) * STEP} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${`${label}: ${points.map((one) => `${one.name} ${one.text}`).join(", ")}`}>
      ${points.map(({ name, value, text }, place) => html`<rect key=${name} class=${value < 0 ? "below" : ""} x=${place * STEP + 2} width=${STEP - 4}
        y=${value < 0 ? nought : nought - value * scale} height=${Math.max(1, Math.abs(value) * scale)}><title>${name} ${text}</title></rect>`)}
    </svg>
    ${points.length > 0 && html`<div class="row apart small" aria-hidden="true"><span>${points[0].name}</span><span>${points[points.length - 1].name}</span></div>`}
  </figure>`;
}
