// Orders: somebody asks about theirs, and is found by number, day or state.
import { session } from "../ask.js";
import { Badge, Choice, Empty, Head, Input, Pages, Part, go, here, html, moment, t, useAsk, useSignalLater, useState, withQuery } from "../kit.js";
import { name } from "../words.js";

const STATES = ["PLACED", "PAID", "CANCELLED", "EXPIRED"];
const TONES = { PAID: "good", PLACED: "info" };

export default function Orders({ ops, rest: [id] }) {
  return id ? html`<${One} ops=${ops} id=${id} />` : html`<${Found} ops=${ops} />`;
}

function Found({ ops }) {
  const own = session.value.viewer.storeId;
  const { store = own ?? "", state = "", from = "", to = "" } = here.value.query;
  // A number stays on the page: addresses are kept, and shown to others.
  const [phone, setPhone] = useState("");
  const said = useSignalLater(phone.trim(), 400);
  const set = (key) => (value) => go(withQuery({ [key]: value }), { replace: true });
  const search = { storeId: own ?? (store || null), phone: said || null, state: state || null, firstDay: from || null, lastDay: to || null };
  return html`<${Head} title=${t("找订单")} />
    <div class="form">
      <${Input} label=${t("顾客的手机号")} type="tel" autocomplete="off" value=${phone} onInput=${setPhone} />
      ${!own && html`<${Input} label=${t("下单的门店编号")} value=${store} onInput=${set("store")} />`}
      <${Choice} label=${t("状态")} value=${state} onChange=${set("state")} options=${[["", t("全部")], ...STATES.map((one) => [one, name(one)])]} />
      <${Input} label=${t("从哪天")} type="date" value=${from} onInput=${set("from")} />
      <${Input} label=${t("到哪天")} type="date" value=${to} onInput=${set("to")} /></div>
    ${search.storeId || search.phone
      ? html`<${Pages} operation=${ops.Orders} variables=${{ search }} of=${(data) => data.orderSearch} empty=${t("没有这样的订单。")}>${(nodes) => html`<ul class="list card">${nodes.map((one) => html`<li key=${one.id}><a href=${`/desk/orders/${one.id}`}>
          <span class="grow"><strong>${one.lines[0].name}${one.lines.length > 1 ? t(" 等 {n} 件", { n: one.lines.reduce((sum, line) => sum + line.quantity, 0) }) : ""}</strong><br /><small>${moment(one.placedAt)} · ${one.store.name}${one.pickupStore ? ` · ${t("到 {store} 自提", { store: one.pickupStore.name })}` : ""}</small></span>
          <span class="row"><b>${one.total.text}</b><${Badge} tone=${TONES[one.state]}>${name(one.state)}<//></span></a></li>`)}</ul>`}<//>`
      : html`<${Empty}>${t("写上手机号或门店编号再找。")}<//>`}`;
}

function One({ ops, id }) {
  const found = useAsk(ops.OrdersOne, { id });
  return html`<${Head} title=${t("订单")} back="/desk/orders"><code>${id}</code><//>
    <${Part} of=${found}>${({ orderProgress: one }) => html`<section class="card stack"><div class="row apart"><h2>${name(one.state)}</h2><b>${one.payment.amount.text}</b></div>
      <p class="small">${one.payment.paidAt ? t("付款于 {at}", { at: moment(one.payment.paidAt) }) : t("还没付款")}${one.payment.refunded.fen ? ` · ${t("退了 {sum}", { sum: one.payment.refunded.text })}` : ""}${one.credit ? ` · ${t("归导购 {name}", { name: one.credit.guideName })}` : ""}</p></section>
    ${one.fulfilmentOrders.map((part) => html`<section class="card stack" key=${part.id}><div class="row apart"><h3>${part.store?.name ?? t("还没有门店")}</h3><${Badge}>${name(part.state)}<//></div>
      <p class="small">${part.lines.map((line) => `${line.sku} × ${line.quantity}`).join("、")}${part.trackingNumber ? ` · ${part.carrier} ${part.trackingNumber}` : ""}${part.rejectReason ? ` · ${name(part.rejectReason)}` : ""}</p></section>`)}
    ${one.returns.map((each) => html`<section class="card stack" key=${each.id}><div class="row apart"><h3>${t("退货")}</h3><${Badge}>${name(each.state)}<//></div><p class="small">${each.reason} · ${moment(each.requestedAt)}</p></section>`)}
    <section class="card stack"><h2>${t("经过")}</h2><ol>${one.history.map((step) => html`<li class="row apart"><span>${name(step.after)}${step.reason ? ` · ${step.reason}` : ""}</span><small>${moment(step.at)}</small></li>`)}</ol></section>`}<//>`;
}
