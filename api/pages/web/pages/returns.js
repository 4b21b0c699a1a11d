// Returns: take the parcel in, look at each piece, pay back or refuse with a reason.
import { ask, session } from "../ask.js";
import { Act, Area, Badge, Dialog, Filters, Head, Input, Pages, Part, fen, here, html, moment, t, tell, useAsk, useState } from "../kit.js";
import { name } from "../words.js";

const TABS = { asked: ["REQUESTED"], here: ["RECEIVED"], done: ["ACCEPTED", "REFUSED", "CANCELLED"] };
const TONES = { REQUESTED: "info", RECEIVED: "warn", ACCEPTED: "good", REFUSED: "danger" };

export default function Returns({ ops }) {
  const { tab = "asked" } = here.value.query;
  const store = session.value.viewer.storeId;
  return html`<${Head} title=${t("退货")} />
    <${Filters} name="tab" label=${t("状态")} options=${[["asked", t("等货到店")], ["here", t("到店待验")], ["done", t("已处理")]]} />
    <${Pages} operation=${ops.Returns} variables=${{ store, states: TABS[tab] ?? TABS.asked }} of=${(data) => data.returnQueue} empty=${t("这里现在没有退货。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.return.id}><${One} ops=${ops} order=${one.orderId} back=${one.return} again=${again} /></li>`)}</ul>`}<//>`;
}

function One({ ops, order, back, again }) {
  const [asking, setAsking] = useState(null);
  const found = useAsk(ops.ReturnsOrder, { id: order });
  const sold = (found.data?.orderProgress.fulfilmentOrders ?? []).flatMap((one) => one.lines);
  const called = (sku) => {
    const line = sold.find((one) => one.sku === sku);
    return line ? `${line.name} ${line.options}` : sku;
  };
  const done = (words) => (setAsking(null), tell(words), again());
  const receive = () => ask(ops.ReturnsReceive, { id: back.id }).then(() => done(t("收到了，接着验货")));
  return html`<div class="row apart"><strong>${t("订单")} ${order}</strong><${Badge} tone=${TONES[back.state]}>${name(back.state)}<//></div>
    <p class="small">${moment(back.requestedAt)} · ${back.reason}</p>
    <ul>${back.lines.map((one) => html`<li class="row apart" key=${one.sku}><span class="grow">${called(one.sku)} <small>${one.sku}</small></span><strong>× ${one.quantity}</strong></li>`)}</ul>
    ${back.damaged.length > 0 && html`<p class="small">${t("残次")}：${back.damaged.map((one) => `${called(one.sku)} × ${one.quantity}`).join("、")}</p>`}
    <div class="row">${back.state === "REQUESTED" && html`<${Act} kind="main" run=${receive}>${t("货到了")}<//>`}
      ${back.state === "RECEIVED" && html`<button type="button" class="main" onClick=${() => setAsking("inspect")}>${t("验货")}</button>
        <button type="button" onClick=${() => setAsking("refuse")}>${t("不能退")}</button>`}</div>
    ${asking === "inspect" && html`<${Inspect} ops=${ops} order=${order} back=${back} called=${called} close=${() => setAsking(null)} done=${done} />`}
    ${asking === "refuse" && html`<${Refuse} ops=${ops} id=${back.id} close=${() => setAsking(null)} done=${done} />`}`;
}

// What is damaged goes on no shelf; what is paid back is shown before, and less of it needs a word.
function Inspect({ ops, order, back, called, close, done }) {
  const [damaged, setDamaged] = useState({});
  const [sum, setSum] = useState("");
  const [note, setNote] = useState("");
  const preview = useAsk(ops.ReturnsSum, { id: order, units: back.lines });
  const units = back.lines.map(({ sku }) => ({ sku, quantity: Number(damaged[sku] ?? 0) })).filter((one) => one.quantity > 0);
  const variables = { id: back.id, damaged: units.length ? units : null, amount: sum === "" ? null : fen(sum), note };
  return html`<${Dialog} title=${t("验货")} onClose=${close}>
    ${back.lines.map((one) => html`<${Input} key=${one.sku} label=${t("{name}：{n} 件里有几件残次", { name: called(one.sku), n: one.quantity })} type="number" min="0" max=${one.quantity} inputmode="numeric" value=${damaged[one.sku] ?? 0} onInput=${(value) => setDamaged({ ...damaged, [one.sku]: value })} />`)}
    <${Part} of=${preview}>${({ refundPreview }) => html`<p>${t("退给顾客 {sum}", { sum: refundPreview.amount.text })}</p>`}<//>
    <${Input} label=${t("少退的话，退多少元")} hint=${t("空着就按上面的退")} value=${sum} onInput=${setSum} inputmode="decimal" />
    ${sum !== "" && html`<${Area} label=${t("为什么少退")} value=${note} onInput=${setNote} rows=2 />`}
    <${Act} kind="main" disabled=${sum !== "" && !note.trim()} run=${() => ask(ops.ReturnsAccept, variables).then(() => done(t("收下了，退款已发起")))}>${t("收下并退款")}<//>
  <//>`;
}

function Refuse({ ops, id, close, done }) {
  const [reason, setReason] = useState("");
  return html`<${Dialog} title=${t("不能退")} onClose=${close}>
    <${Area} label=${t("告诉顾客为什么")} value=${reason} onInput=${setReason} rows=2 />
    <${Act} kind="harm" disabled=${!reason.trim()} run=${() => ask(ops.ReturnsRefuse, { id, reason }).then(() => done(t("拒绝了退货")))}>${t("不能退")}<//>
  <//>`;
}
