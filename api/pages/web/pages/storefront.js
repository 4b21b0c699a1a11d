// Arranging a storefront: one layer's say, beside the page as a consumer will see it.
import { ask, session } from "../ask.js";
import { Act, Badge, Choice, Empty, Head, Input, Part, Refusal, go, here, html, moment, t, tell, useAsk, useEffect, useRef, useState, withQuery } from "../kit.js";
import { name } from "../words.js";

// Files and the API write names in two ways; what is said comes as in files.
const camel = (key) => key.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
export function asInput(said) {
  if (Array.isArray(said)) return said.map(asInput);
  if (!said || typeof said !== "object") return said;
  return Object.fromEntries(Object.entries(said).filter(([key]) => key !== "layer").map(([key, value]) => [camel(key), asInput(value)]));
}

export default function Arrange({ ops }) {
  const { viewer } = session.value;
  const stores = useAsk(ops.StorefrontStores, {}, { skip: !!viewer.storeId });
  const all = stores.data?.stores.nodes ?? [];
  const levels = useAsk(ops.StorefrontLevels, {});
  const segments = useAsk(ops.StorefrontSegments, {}, { skip: viewer.role !== "HEAD_OFFICE" });
  // Whom a module can be for, beside everybody: a level, or a segment.
  const some = [...(levels.data?.levelRules.levels ?? []).map((one) => [`level:${one.code}`, one.name]), ...(segments.data?.segments ?? []).map((one) => [`segment:${one.id}`, one.name])];
  const { store = viewer.storeId ?? all[0]?.id, layer = viewer.storeId ? `store:${viewer.storeId}` : "brand", at = "", audience = "VISITORS", level, segment, beside } = here.value.query;
  const region = all.find((one) => one.id === store)?.region;
  const layers = viewer.storeId ? [[`store:${viewer.storeId}`, t("我的店")]] : [["brand", t("全国")], ...(region ? [[`region:${region.id}`, region.name]] : []), [`store:${store}`, all.find((one) => one.id === store)?.name ?? store]];
  const frame = useRef(null);
  const shown = () => frame.current?.contentWindow?.postMessage("again", location.origin);
  const address = `/mall/${store}?${new URLSearchParams({ preview: 1, audience, ...(level ? { level } : {}), ...(segment ? { segment } : {}), ...(at ? { at: `${at}:00+08:00` } : {}) })}`;
  return html`<${Head} title=${t("店铺装修")} />
    <div class="form">
      ${!viewer.storeId && html`<${Choice} label=${t("看哪家店")} value=${store} onChange=${(value) => go(withQuery({ store: value, layer: layer.startsWith("store:") ? `store:${value}` : layer }))} options=${all.map((one) => [one.id, one.name])} />
        <${Choice} label=${t("改哪一层")} value=${layer} onChange=${(value) => go(withQuery({ layer: value }))} options=${layers} />`}
      <${Choice} label=${t("谁来看")} value=${audience} onChange=${(value) => go(withQuery({ audience: value, level: "", segment: "" }))} options=${[["VISITORS", t("访客")], ["MEMBERS", t("会员")]]} />
      ${audience === "MEMBERS" && html`<${Choice} label=${t("哪些会员看")} value=${level ? `level:${level}` : segment ? `segment:${segment}` : ""} onChange=${(value) => go(withQuery({ level: "", segment: "", ...picked(value) }))} options=${[["", t("普通会员")], ...some]} />`}
      <${Input} label=${t("什么时候看")} type="datetime-local" value=${at} onInput=${(value) => go(withQuery({ at: value }), { replace: true })} />
      ${!viewer.storeId && html`<${Choice} label=${t("旁边放一家")} value=${beside ?? ""} onChange=${(value) => go(withQuery({ beside: value }))} options=${[["", t("不放")], ...all.map((one) => [one.id, one.name])]} />`}
    </div>
    ${store ? html`<div class="arrange">
      <${Layer} key=${layer} ops=${ops} id=${layer} store=${store} shown=${shown} some=${some} seenBy=${{ audience, level: level || null, segments: segment ? [segment] : [] }} />
      <div class="phone"><iframe ref=${frame} title=${t("顾客看到的样子")} src=${address}></iframe></div>
      ${beside && html`<div class="phone"><iframe title=${t("旁边那家店")} src=${`/mall/${beside}?preview=1`}></iframe></div>`}
    </div>` : html`<${Empty}>${t("还没有门店。")}<//>`}`;
}

// Somebody chosen, such as level:gold, as a query says it; and as a layer does.
const picked = (value) => (value ? Object.fromEntries([value.split(/:(.*)/s, 2)]) : {});
const onlyFor = (value) => ({ levels: picked(value).level ? [picked(value).level] : [], segments: picked(value).segment ? [picked(value).segment] : [] });

function Layer({ ops, id, store, shown, some, seenBy }) {
  const layer = useAsk(ops.StorefrontLayer, { id });
  const page = useAsk(ops.StorefrontPage, { store, ...seenBy });
  const again = () => (layer.again(), page.again(), shown());
  return html`<${Part} of=${layer}>${(data) => html`<${Part} of=${page}>${({ storefrontPreview }) =>
    html`<${Modules} ops=${ops} id=${id} layer=${data.layer} policy=${data.facePolicy} modules=${storefrontPreview?.modules ?? []} some=${some} again=${again} />`}<//>`}<//>`;
}

function Modules({ ops, id, layer, policy, modules, some, again }) {
  const said = (layer?.draft ?? layer?.published)?.said ?? {};
  const own = said.modules ?? [];
  const version = layer?.draft?.version ?? 0;
  const [fault, setFault] = useState(null);
  const [dragged, drag] = useState(null);
  const [adding, setAdding] = useState(false);
  const locked = (key) => id !== "brand" && policy.locked.includes(key);
  // Modules that this layer hides are on no page any more: they are listed from what it says.
  const hidden = own.filter((one) => one.hidden && !modules.some((it) => it.key === one.key)).map((one) => ({ key: one.key, title: one.title ?? "", hidden: true }));

  async function save(list) {
    setFault(null);
    const input = asInput({ ...said, modules: list });
    await ask(ops.StorefrontDraft, { id, input, version }).catch((found) => (setFault(found), Promise.reject(found)));
    again();
  }
  const change = (key, what) => {
    const known = own.some((one) => one.key === key);
    return known ? own.map((one) => (one.key === key ? { ...one, ...what } : one)) : [...own, { key, ...what }];
  };
  // A place between two neighbours; where none is left, this layer numbers all of them anew.
  async function place(key, to) {
    const order = modules.filter((one) => one.key !== key);
    order.splice(to, 0, modules.find((one) => one.key === key));
    const before = order[to - 1]?.position ?? (order[to + 1]?.position ?? 20) - 20;
    const after = order[to + 1]?.position ?? before + 20;
    if (after - before > 1) return save(change(key, { position: Math.floor((before + after) / 2) }));
    let list = own;
    order.forEach((one, index) => {
      const position = (index + 1) * 10;
      list = list.some((it) => it.key === one.key) ? list.map((it) => (it.key === one.key ? { ...it, position } : it)) : [...list, { key: one.key, position }];
    });
    return save(list);
  }
  return html`<section class="card stack" aria-label=${t("模块")}>
    <div class="row apart"><h2>${t("模块")}</h2>${layer?.draft ? html`<${Badge} tone="info">${t("有草稿 {at}", { at: moment(layer.draft.savedAt) })}<//>` : html`<${Badge}>${t("已发布 {n}", { n: layer?.published?.version ?? 0 })}<//>`}</div>
    <${Refusal} fault=${fault} />
    <ol class="stack">${modules.map((one, index) => html`<li key=${one.key} class=${`module-row${dragged === one.key ? " dragged" : ""}`} draggable=${!locked(one.key)}
        onDragStart=${() => drag(one.key)} onDragEnd=${() => drag(null)} onDragOver=${(event) => dragged && event.preventDefault()}
        onDrop=${(event) => (event.preventDefault(), dragged && dragged !== one.key && place(dragged, index).catch(() => {}), drag(null))}>
      <${ModuleRow} one=${one} said=${own.find((it) => it.key === one.key)} locked=${locked(one.key)} some=${some}
        up=${index > 0 && (() => place(one.key, index - 1))} down=${index < modules.length - 1 && (() => place(one.key, index + 1))}
        save=${(what) => save(change(one.key, what))} remove=${() => save(own.filter((it) => it.key !== one.key))} mine=${one.origin.id === id} /></li>`)}
      ${hidden.map((one) => html`<li key=${one.key} class="module-row row apart"><span class="faint">${one.title || one.key} · ${t("已隐藏")}</span><${Act} run=${() => save(change(one.key, { hidden: false }))}>${t("显示")}<//></li>`)}
    </ol>
    <div class="row"><button type="button" onClick=${() => setAdding(!adding)}>＋ ${t("加一条公告")}</button>
      ${layer?.draft && html`<${Act} kind="main" run=${() => ask(ops.StorefrontPublish, { id, version }).then(() => (tell(t("已发布")), again()))}>${t("发布")}<//>
        <${Act} run=${() => ask(ops.StorefrontDiscard, { id, version }).then(again)}>${t("丢掉草稿")}<//>`}</div>
    ${adding && html`<${Notice} save=${(text) => save([...own, { key: `notice-${Date.now().toString(36)}`, position: 5, content: { notice: { text } } }]).then(() => setAdding(false))} />`}
    ${layer?.versions.nodes.length > 1 && html`<details><summary>${t("以前的版本")}</summary><ul class="stack">${layer.versions.nodes.map((one) => html`<li class="row apart"><span>${one.version} · ${moment(one.publishedAt)}</span>
      ${one.version !== layer.published.version && html`<${Act} run=${() => ask(ops.StorefrontRollBack, { id, to: one.version, version: layer.published.version }).then(again)}>${t("退回这一版")}<//>`}</li>`)}</ul></details>`}
  </section>`;
}

function ModuleRow({ one, said, locked, some, up, down, save, remove, mine }) {
  const [title, setTitle] = useState(one.title);
  useEffect(() => setTitle(one.title), [one.title]);
  const { levels = [], segments = [] } = said?.only_for ?? {};
  const chosen = levels.length + segments.length > 1 ? "several" : levels[0] ? `level:${levels[0]}` : segments[0] ? `segment:${segments[0]}` : "";
  return html`<div class="row apart"><strong class="grow">${one.title || name(one.__typename)}</strong><small>${name(one.origin.level)}</small></div>
    ${locked ? html`<small>${t("总部规定了这一块，门店不能改。")}</small>` : html`<div class="row">
      <${Act} disabled=${!up} run=${up} aria-label=${t("上移 {name}", { name: one.title || one.key })}>↑<//><${Act} disabled=${!down} run=${down} aria-label=${t("下移 {name}", { name: one.title || one.key })}>↓<//>
      <input class="grow" aria-label=${t("标题")} value=${title} onInput=${(event) => setTitle(event.target.value)} />
      ${title !== one.title && html`<${Act} run=${() => save({ title })}>${t("改标题")}<//>`}
      <${Act} run=${() => save({ hidden: true })}>${t("隐藏")}<//>
      <${Choice} label=${t("只给谁看")} value=${chosen} onChange=${(value) => save({ only_for: onlyFor(value) })} options=${[["", t("所有人")], ...(chosen === "several" ? [[chosen, t("几种会员")]] : []), ...some]} />
      ${said && !mine && html`<${Act} run=${remove}>${t("恢复原样")}<//>`}
    </div>`}`;
}

function Notice({ save }) {
  const [text, setText] = useState("");
  return html`<${Input} label=${t("公告")} value=${text} onInput=${setText} /><${Act} disabled=${!text.trim()} run=${() => save(text.trim())}>${t("加上")}<//>`;
}
