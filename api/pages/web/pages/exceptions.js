// Exceptions: orders that wait for head office, with what can be done beside each.
import { ask, newKey } from "../ask.js";
import { Act, Badge, Head, Input, Later, Pages, distance, html, t, tell, useMemo, useState } from "../kit.js";
import { name } from "../words.js";

const atlas = () => import("../map.js");

export default function Exceptions({ ops }) {
  return html`<${Head} title=${t("待处理异常")} />
    <${Pages} operation=${ops.Exceptions} of=${(data) => data.orderExceptions} empty=${t("没有要处理的订单。")}>${(nodes, again) =>
      html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.progress.orderId}><${One} one=${one} ops=${ops} again=${again} /></li>`)}</ul>`}<//>`;
}

function One({ one: { exceptions, progress }, ops, again }) {
  const key = useMemo(newKey, [progress.orderId]);
  const [reason, setReason] = useState("");
  return html`<div class="row apart"><strong>${progress.orderId}</strong><span class="row"><b>${progress.payment.amount.text}</b><${Badge}>${name(progress.state)}<//></span></div>
    ${exceptions.map((found) => html`<div class="stack" key=${found.kind + found.subject}><p><${Badge} tone="danger">${name(found.kind)}<//> ${found.said}</p>
      ${found.kind === "REFUND_FAILED" && html`<${Act} run=${() => ask(ops.ExceptionRefundRetry, { id: found.subject }).then(again)}>${t("再退一次款")}<//>`}
      ${found.kind === "SHIPPING_NOT_REPORTED" && html`<${Act} run=${() => ask(ops.ExceptionReportRetry, { order: progress.orderId }).then(again)}>${t("再报一次发货")}<//>`}</div>`)}
    ${progress.fulfilmentOrders.filter((part) => ["UNASSIGNED", "UNCLAIMED"].includes(part.state)).map((part) => html`<${Unassigned} key=${part.id} part=${part} ops=${ops} again=${again} />`)}
    <details><summary>${t("取消整单并退款")}</summary><div class="stack"><${Input} label=${t("原因")} value=${reason} onInput=${setReason} />
      <${Act} kind="harm" disabled=${!reason.trim()} run=${() => ask(ops.ExceptionCancel, { order: progress.orderId, reason, key }).then(() => (tell(t("已取消")), again()))}>${t("取消整单")}<//></div></details>`;
}

// Where it is to go, and who could send it: those who can stand out, the others say why not in the list.
function Where({ part, assign }) {
  const places = useMemo(() => [
    ...part.candidates.map((one) => ({ id: one.store.id, position: one.store.mapPosition, tone: one.verdict === "CHOSEN" ? "good" : "closed", words: one.distanceM == null ? one.store.name : `${one.store.name} ${distance(one.distanceM)}`, near: true })),
    ...(part.recipient ? [{ id: "recipient", district: part.recipient.district, tone: "danger", words: t("收货地"), near: true }] : []),
  ], [part]);
  const [chosen, choose] = useState(null);
  const store = part.candidates.find((one) => one.store.id === chosen)?.store;
  return html`<${Later} from=${atlas} view="DotMap" places=${places} chosen=${chosen} pick=${choose} label=${t("收货地和 {n} 家候选门店", { n: part.candidates.length })} />
    ${store && html`<div class="row apart"><strong>${store.name}</strong><${Act} kind="main" run=${() => assign(store.id)}>${t("指派")}<//></div>`}`;
}

function Unassigned({ part, ops, again }) {
  const [mapped, setMapped] = useState(false);
  const assign = (store) => ask(ops.ExceptionAssign, { id: part.id, store, reason: "总部指派" }).then(() => (tell(t("已指派")), again()));
  return html`<section class="stack"><div class="row apart"><p class="grow">${part.lines.map((line) => `${line.name} ${line.options} × ${line.quantity}`).join("、")}${part.recipient ? ` → ${part.recipient.names.join("")}${part.recipient.address}` : ""}</p>
      <button type="button" aria-expanded=${mapped} onClick=${() => setMapped(!mapped)}>${t("在地图上看")}</button></div>
    ${mapped && html`<${Where} part=${part} assign=${assign} />`}
    <ul class="stack">${part.candidates.slice(0, 8).map((one) => html`<li class="row apart"><span class="grow">${one.store.name} <small>${one.distanceM == null ? "" : distance(one.distanceM)} · ${name(one.verdict)}</small></span><${Act} run=${() => assign(one.store.id)}>${t("指派")}<//></li>`)}</ul>
    <${Act} run=${() => assign(null)}>${t("按规则重新找店")}<//></section>`;
}
