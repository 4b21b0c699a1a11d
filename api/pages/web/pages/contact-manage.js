// What managers and head office do in WeCom: the quality of new friends, mass sending, hand-overs, codes.
import { ask, newKey, session } from "../ask.js";
import { Act, Area, Badge, Boxes, Choice, Dialog, Empty, Filters, Input, Pages, Part, go, here, html, moment, t, tell, today, useAsk, useMemo, useState, withQuery } from "../kit.js";

const SUSPICIONS = { BURST: "十分钟里加得太多", GONE: "加了又走的太多", ONE_MEMBER: "几个号是同一位会员", ONE_PAYER: "几个号由同一个微信付款", ONE_DEVICE: "几个号在同一台手机上接受邀请" };
const MOVES = { PLANNED: "马上开始", ASKED: "等一天", DONE: "交接好了", REFUSED: "顾客不愿意", FULL: "对方满了", FAILED: "企业微信没做" };

export function Quality({ ops, store }) {
  const { day = today() } = here.value.query;
  const found = useAsk(ops.ContactQuality, { store, day });
  return html`<${Input} label=${t("哪一天")} type="date" value=${day} onInput=${(value) => value && go(withQuery({ day: value }), { replace: true })} />
    <${Part} of=${found}>${({ storeFriends: { guides, suspicions, paying, friends } }) => html`
      <dl class="sums"><div class="card"><dt>${t("好友里买过的")}</dt><dd>${paying} / ${friends}</dd></div></dl>
      ${guides.length ? html`<div class="scroll card" tabindex="0" role="region" aria-label=${t("各位导购")}><table>
        <thead><tr><th scope="col">${t("导购")}</th>${["加了", "走了", "重复", "有效"].map((words) => html`<th scope="col" class="figure" key=${words}>${t(words)}</th>`)}</tr></thead>
        <tbody>${guides.map((one) => html`<tr key=${one.userId}><th scope="row">${one.guideId ?? one.userId}</th>${[one.added, one.gone, one.duplicates, one.valid].map((value) => html`<td class="figure">${value}</td>`)}</tr>`)}</tbody></table></div>`
        : html`<${Empty}>${t("这一天没有人加好友。")}<//>`}
      ${suspicions.length > 0 && html`<section class="card stack"><h2>${t("值得看一看的")}</h2><ul class="stack">${suspicions.map((one) => html`<li class="stack"><div class="row apart"><strong>${one.userId}</strong><${Badge} tone="danger">${t(SUSPICIONS[one.kind])}<//></div>
        <p class="small">${moment(one.since)} – ${moment(one.until)} · ${t("{n} 个", { n: one.count })}</p>
        <details><summary>${t("是哪些号")}</summary><code>${one.externalIds.join(" ")}</code></details></li>`)}</ul></section>`}`}<//>`;
}

export function Ask({ ops, store }) {
  const [asking, setAsking] = useState(false);
  if (!asking) return html`<div><button type="button" class="main" onClick=${() => setAsking(true)}>${t("请导购群发")}</button></div>`;
  return html`<${NewErrand} ops=${ops} store=${store} close=${() => setAsking(false)} />`;
}

function NewErrand({ ops, store, close }) {
  const products = useAsk(ops.ContactProducts);
  const [form, set] = useState({ kind: "GROUPS", text: "", title: "", product: "" });
  const put = (field) => (value) => set({ ...form, [field]: value });
  const { kind, text, title, product } = form;
  const key = useMemo(newKey, [form]);
  const input = { storeId: store, kind, text, title, targetKind: product ? "PRODUCT" : "STOREFRONT", targetId: product || store };
  const send = () => ask(ops.ContactErrandsAsk, { input, key }).then(() => (tell(t("交给导购了，等他们在企业微信里确认")), close()));
  return html`<${Dialog} title=${t("请导购群发")} onClose=${close}>
    <${Choice} label=${t("发到哪里")} value=${kind} onChange=${put("kind")} options=${[["GROUPS", t("客户群")], ["MOMENT", t("朋友圈")]]} />
    <${Area} label=${t("说什么")} value=${text} onInput=${put("text")} />
    <${Input} label=${t("链接的标题")} value=${title} onInput=${put("title")} maxlength="40" />
    <${Choice} label=${t("链接去哪里")} value=${product} onChange=${put("product")} options=${[["", t("本店的店铺")], ...(products.data?.products.nodes ?? []).map((one) => [one.id, one.name])]} />
    <${Act} kind="main" disabled=${!text.trim() || !title.trim()} run=${send}>${t("交给导购")}<//>
  <//>`;
}

export function HandOver({ ops, store }) {
  const { leaver = "" } = here.value.query;
  const guides = useAsk(ops.ContactGuides, { store });
  return html`<${Part} of=${guides}>${({ guides: { nodes } }) => html`<${Choice} label=${t("谁的顾客要交接")} value=${leaver} onChange=${(value) => go(withQuery({ leaver: value }), { replace: true })}
      options=${[["", t("选一位导购")], ...nodes.map(({ guide, active }) => [guide.id, active ? guide.name : t("{name}（已离职）", { name: guide.name })])]} />
    ${leaver && html`<${Moves} key=${leaver} ops=${ops} leaver=${leaver} others=${nodes.filter((one) => one.active && one.guide.id !== leaver).map((one) => one.guide)} />`}`}<//>`;
}

function Moves({ ops, leaver, others }) {
  const { state = null } = here.value.query;
  const [takers, setTakers] = useState([]);
  const [left, setLeft] = useState(false);
  const found = useAsk(ops.ContactHandOver, { id: leaver });
  const begin = () => ask(ops.ContactHandOverStart, { guide: leaver, left, takers: takers.length ? takers : null }).then(() => (tell(t("交接开始了，顾客一天内可以说不")), found.again()));
  return html`<section class="card stack"><h2>${t("开始交接")}</h2>
      <${Boxes} legend=${t("交给谁（不选就由本店其他导购平分）")} options=${others.map((one) => [one.id, one.name])} chosen=${takers} onChange=${setTakers} />
      <label class="row"><input type="checkbox" checked=${left} onChange=${(event) => setLeft(event.target.checked)} />${t("他已经离开公司")}</label>
      <${Act} kind="main" run=${begin}>${t("开始交接")}<//></section>
    <${Part} of=${found}>${({ handOver: { counts, groups } }) => html`<dl class="sums">${counts.map((one) => html`<div class="card" key=${one.state}><dt>${t(MOVES[one.state])}</dt><dd>${one.count}</dd></div>`)}</dl>
      ${groups.length > 0 && html`<section class="card stack"><h2>${t("客户群")}</h2><ul>${groups.map((one) => html`<li class="row apart" key=${one.groupId}><span>${one.name || one.groupId}</span><small>→ ${one.toUser}${one.code ? ` · ${one.code}` : ""}</small></li>`)}</ul></section>`}
      <${Filters} name="state" label=${t("状态")} options=${[[null, t("全部")], ...counts.map((one) => [one.state, t(MOVES[one.state])])]} />
      <${Pages} operation=${ops.ContactHandOver} variables=${{ id: leaver, where: state }} of=${(data) => data.handOver.customers} empty=${t("还没有开始交接。")}>${(nodes) => html`<ul class="list card">${nodes.map((one) => html`<li class="row apart said" key=${one.externalId}><span>${one.name || one.externalId}</span><small>→ ${one.toUser || "—"} · ${t(MOVES[one.state])}${one.code ? ` · ${one.code}` : ""}</small></li>`)}</ul>`}<//>`}<//>`;
}

export function Ways({ ops, store }) {
  const found = useAsk(ops.ContactWays, { store });
  const mayOpen = ["STORE_MANAGER", "HEAD_OFFICE"].includes(session.value.viewer.role);
  const open = () => ask(ops.ContactWaysOpen, { store }).then(found.again);
  return html`<${Part} of=${found}>${({ contactWays }) => html`${mayOpen && html`<div><${Act} run=${open}>${t("给每位导购开活码")}<//></div>`}
    ${contactWays.length ? html`<ul class="stack">${contactWays.map((one) => html`<li class="card stack" key=${one.id}><strong>${one.name ?? one.guideIds.join("、")}</strong>
      ${one.qrUrl && html`<p class="small"><a href=${one.qrUrl} target="_blank" rel="noopener">${t("活码图片")}</a></p>`}${one.welcome && html`<p class="small">${one.welcome.text}</p>`}</li>`)}</ul>` : html`<${Empty}>${t("还没有活码。")}<//>`}`}<//>`;
}
