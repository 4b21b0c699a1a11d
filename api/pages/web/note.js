// A post as it will be seen, and texts with what was found in them.
import { Picture, html, t } from "./kit.js";

// `content` has title, cover, body and products as the API answers them.
export function Note({ content, scene = "SEEDING_ZONE", findings = [] }) {
  const pictures = content.body.filter((one) => one.__typename === "ImageBlock" && one.asset);
  const moments = scene === "MOMENTS";
  return html`<article class="note" aria-label=${t("预览")}>
    ${!moments && content.cover && html`<${Picture} asset=${content.cover} alt=${content.cover.altText ?? ""} ratio="3 / 4" />`}
    ${!moments && html`<h2><${Marked} text=${content.title} findings=${of(findings, "title")} /></h2>`}
    ${content.body.map((block, place) => html`<${Block} key=${place} block=${block} moments=${moments} findings=${findings.filter((one) => one.field.startsWith(`body.${place}.`))} />`)}
    ${moments && html`<div class="nine">${pictures.slice(0, 9).map((one) => html`<${Picture} asset=${one.asset} alt=${one.asset.altText ?? ""} />`)}</div>`}
    ${content.products?.length > 0 && html`<ul class="stack">${content.products.map((one) => html`<li><${ProductCard} product=${one} /></li>`)}</ul>`}
  </article>`;
}

const of = (findings, field) => findings.filter((one) => one.field === field);

function Block({ block, moments, findings }) {
  if (block.__typename === "TextBlock") return html`<p class="reading"><${Marked} text=${block.text} findings=${findings} /></p>`;
  if (block.__typename === "ProductBlock") return block.product && html`<${ProductCard} product=${block.product} />`;
  if (moments || !block.asset) return null;
  return html`<figure>${block.__typename === "VideoBlock" ? html`<video src=${block.asset.url} controls preload="metadata"></video>` : html`<img src=${block.asset.url} alt=${block.asset.altText ?? ""} />`}
    ${block.caption && html`<figcaption class="small"><${Marked} text=${block.caption} findings=${findings} /></figcaption>`}</figure>`;
}

function ProductCard({ product }) {
  return html`<span class="card row product"><span class="thumb"><${Picture} asset=${product.pictures[0]} alt="" /></span><span class="grow">${product.name}<br /><b class="price">${product.priceFrom.text}</b></span></span>`;
}

// The places of findings count code points, as Python does; a script's strings count halves of some.
export function Marked({ text, findings }) {
  const points = Array.from(text ?? "");
  const marks = findings.filter((one) => one.start != null && one.end != null).sort((a, b) => a.start - b.start);
  const parts = [];
  let at = 0;
  for (const one of marks) {
    if (one.start < at) continue;
    parts.push(points.slice(at, one.start).join(""));
    parts.push(html`<mark title=${one.advice}>${points.slice(one.start, one.end).join("")}</mark>`);
    at = one.end;
  }
  parts.push(points.slice(at).join(""));
  return parts;
}

// What was found, each with its advice; said again beside the field that it is about.
export function Findings({ findings }) {
  if (!findings?.length) return null;
  return html`<ul class="findings">${findings.map((one) => html`<li><strong>${one.blocking ? t("必须修改") : t("请留意")}</strong> ${one.message} <span class="faint">${one.advice}</span></li>`)}</ul>`;
}
