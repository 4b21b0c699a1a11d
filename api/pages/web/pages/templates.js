// Poster templates: a design, the picture that the service really makes of it, and its review.
import { Refused, ask, session } from "../ask.js";
import { Act, Badge, Empty, Head, Input, Part, Refusal, draft, html, moment, t, tell, useAsk, useEffect, useMemo, useRef, useState } from "../kit.js";
import { name } from "../words.js";

export default function Templates({ ops, rest: [id] }) {
  const list = useAsk(ops.Templates);
  if (id) return html`<${One} key=${id} ops=${ops} id=${id} changed=${list.again} />`;
  return html`<${Head} title=${t("海报模板")} />
    <${Part} of=${list}>${({ posterTemplates: { nodes } }) => nodes.length
      ? html`<ul class="list card">${nodes.map((one) => html`<li key=${one.id}><a href=${`/desk/templates/${one.id}`}><span class="grow"><strong>${one.name}</strong><br /><small>${one.kinds.map(name).join("、")}</small></span>
          <span class="end">${one.approved ? html`<${Badge} tone="good">${t("在用第 {n} 版", { n: one.approved.number })}<//>` : html`<${Badge}>${t("还没放行")}<//>`}
          ${one.versions.some((it) => it.state === "IN_REVIEW") && html`<${Badge} tone="info">${name("IN_REVIEW")}<//>`}</span></a></li>`)}</ul>`
      : html`<${Empty}>${t("还没有模板。")}<//>`}<//>`;
}

function One({ ops, id, changed }) {
  const found = useAsk(ops.TemplatesOne, { id });
  const again = () => (found.again(), changed());
  return html`<${Part} of=${found}>${({ posterTemplate }) =>
    posterTemplate ? html`<${Design} key=${posterTemplate.id} template=${posterTemplate} ops=${ops} again=${again} />`
      : html`<${Empty} action=${html`<a class="button" href="/desk/templates">${t("返回")}</a>`}>${t("没有这个模板。")}<//>`}<//>`;
}

// A design as lines that people can read: one layer a line.
function written(design) {
  const { layers, ...rest } = design;
  const head = Object.entries(rest).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
  return ["{", ...head, '  "layers": [', layers.map((one) => `    ${JSON.stringify(one)}`).join(",\n"), "  ]", "}"].join("\n");
}

function read(text) {
  try {
    return { design: JSON.parse(text) };
  } catch (fault) {
    return { fault: fault.message };
  }
}

function Design({ template, ops, again }) {
  const latest = template.versions.reduce((one, other) => (other.number > one.number ? other : one));
  const kept = useMemo(() => draft(`${session.value.viewer.id}.${template.id}.${template.version}`), [template.version]);
  const [text, setText] = useState(() => kept.read() ?? written(latest.design));
  const [comment, setComment] = useState("");
  const parsed = read(text);
  const changed = parsed.design && JSON.stringify(parsed.design) !== JSON.stringify(latest.design);
  useEffect(() => (changed ? kept.write(text) : kept.drop()), [text]);
  const write = (design) => setText(written(design));
  async function save() {
    await ask(ops.TemplatesRevise, { id: template.id, design: parsed.design, version: template.version });
    kept.drop();
    tell(t("已保存"));
    again();
  }
  const step = (operation, words, more = {}) => () => ask(operation, { id: template.id, number: latest.number, ...more }).then(() => (tell(words), again()));
  const reviews = ["REVIEWER", "HEAD_OFFICE"].includes(session.value.viewer.role);
  return html`<${Head} title=${template.name} back="/desk/templates"><${Badge}>${t("第 {n} 版", { n: latest.number })} · ${name(latest.state)}<//>
      <${Act} disabled=${!changed} run=${save}>${t("保存新版")}<//>
      ${latest.state === "DRAFT" && !changed && html`<${Act} kind="main" run=${step(ops.TemplatesSubmit, t("已提交审核"))}>${t("提交审核")}<//>`}<//>
    <div class="split wide"><div class="stack">
      ${latest.state === "IN_REVIEW" && reviews && html`<section class="card stack"><h2>${t("审核")}</h2><${Act} kind="main" run=${step(ops.TemplatesApprove, t("已放行"))}>${t("放行")}<//>
        <${Input} label=${t("要怎么改")} value=${comment} onInput=${setComment} /><${Act} kind="harm" disabled=${!comment.trim()} run=${step(ops.TemplatesReject, t("已退回"), { comment })}>${t("退回修改")}<//></section>`}
      ${latest.comment && html`<p class="card">${latest.comment}</p>`}
      ${parsed.design?.layers?.map && html`<${Layers} design=${parsed.design} write=${write} />`}
      <label class="field"><span>${t("设计（JSON）")}</span><textarea class="code" rows="16" spellcheck="false" value=${text} onInput=${(event) => setText(event.target.value)} aria-invalid=${!!parsed.fault}></textarea></label>
      ${parsed.fault && html`<p class="wrong" role="alert">${t("这不是 JSON：")}<span lang="en">${parsed.fault}</span></p>`}
      <small>${moment(latest.madeAt)}</small>
    </div><${Preview} ops=${ops} kinds=${template.kinds} design=${parsed.design} /></div>`;
}

// Texts and boxes without reading JSON; arrows in the fields move by a pixel.
function Layers({ design, write }) {
  const set = (place, what) => write({ ...design, layers: design.layers.map((one, it) => (it === place ? { ...one, ...what } : one)) });
  const move = (place, by) => {
    const layers = [...design.layers];
    const [one] = layers.splice(place, 1);
    layers.splice(place + by, 0, one);
    write({ ...design, layers });
  };
  return html`<ol class="stack layers" aria-label=${t("图层，从下到上")}>${design.layers.map((one, place) => html`<li class="card row" key=${place}>
    <${Badge}>${one.kind}<//>${one.text != null && html`<input class="grow" aria-label=${t("第 {n} 层的文字", { n: place + 1 })} value=${one.text} onInput=${(event) => set(place, { text: event.target.value })} />`}
    ${one.box?.map?.((value, at) => html`<input type="number" step="1" aria-label=${t("第 {n} 层的 {what}", { n: place + 1, what: ["x", "y", "w", "h"][at] })} value=${value}
      onInput=${(event) => set(place, { box: one.box.map((it, index) => (index === at ? Math.round(+event.target.value) : it)) })} />`)}
    <button type="button" class="plain" disabled=${!place} aria-label=${t("下移第 {n} 层", { n: place + 1 })} onClick=${() => move(place, -1)}>↑</button>
    <button type="button" class="plain" disabled=${place === design.layers.length - 1} aria-label=${t("上移第 {n} 层", { n: place + 1 })} onClick=${() => move(place, 1)}>↓</button></li>`)}</ol>`;
}

// The service's own drawing, a quarter of a second after the last key, one at a time.
function Preview({ ops, kinds, design }) {
  const product = useAsk(ops.TemplatesProduct);
  const post = useAsk(ops.TemplatesPost);
  const [image, setImage] = useState(null);
  const [fault, setFault] = useState(null);
  const [stale, setStale] = useState(false);
  const drawing = useRef(null);
  const [kind, target] = kinds.includes("PRODUCT") ? ["PRODUCT", product.data?.products.nodes[0]?.id] : ["POST", post.data?.posts.nodes[0]?.id];
  const wanted = design && target ? JSON.stringify(design) : null;
  useEffect(() => {
    if (!wanted) return undefined;
    setStale(true);
    const timer = setTimeout(async () => {
      drawing.current?.abort();
      const own = (drawing.current = new AbortController());
      await ask(ops.TemplatesPreview, { design: JSON.parse(wanted), kind, target }, { signal: own.signal }).then(
        ({ posterPreview }) => (setImage(posterPreview.image), setFault(null), setStale(false)),
        (found) => own.signal.aborted || setFault(found),
      );
    }, 250);
    return () => clearTimeout(timer);
  }, [wanted, target]);
  return html`<section class="pane" aria-label=${t("预览")}>
    ${image && html`<img class=${stale ? "stale" : ""} src=${image} alt=${t("服务画出来的海报")} />`}
    ${stale && !fault && html`<p class="faint" role="status">${t("正在画…")}</p>`}
    ${!target && (kind === "POST" ? post : product).data && html`<p class="faint">${t("还没有可以拿来预览的内容。")}</p>`}
    ${fault && html`<${Refusal} fault=${fault} />`}
    ${fault instanceof Refused && html`<ul class="findings">${fault.errors.map((one) => html`<li><code>${(one.field ?? []).slice(1).join(".")}</code></li>`)}</ul>`}
  </section>`;
}
