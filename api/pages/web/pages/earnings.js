// My earnings: what a guide has, of which orders and for what, and all that was booked.
import { session } from "../ask.js";
import { Badge, Filters, Head, Pages, Part, date, here, html, moment, t, useAsk } from "../kit.js";
import { name } from "../words.js";

export default function Earnings({ ops }) {
  const { tab = "orders" } = here.value.query;
  const sums = useAsk(ops.Earnings);
  return html`<${Head} title=${t("我的收益")} />
    <${Part} of=${sums}>${({ ownEarnings: { pending, payable } }) => html`<dl class="sums">
      <div class="card"><dt>${t("可结算")}</dt><dd>${payable.text}</dd></div>
      <div class="card"><dt>${t("待结算（退货期内）")}</dt><dd>${pending.text}</dd></div></dl>`}<//>
    <${Filters} name="tab" label=${t("看什么")} options=${[["orders", t("按订单")], ["entries", t("按入账")]]} />
    ${tab === "entries" ? html`<${Entries} ops=${ops} />` : html`<${Orders} ops=${ops} guide=${session.value.viewer.id} />`}`;
}

function Orders({ ops, guide }) {
  return html`<${Pages} operation=${ops.EarningsOrders} variables=${{ guide }} of=${(data) => data.orderCredits}
    empty=${t("还没有订单归您。分享海报或链接，顾客从那里下单就归您。")}>${(nodes) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.orderId}>
      <div class="row apart"><strong>${one.orderId}</strong>${one.payable ? html`<${Badge} tone="good">${t("可结算")}<//>` : html`<${Badge} tone="info">${one.maturesAt ? t("{date} 起可结算", { date: date(one.maturesAt) }) : t("待发货")}<//>`}</div>
      <small>${t("付款于 {at}", { at: moment(one.paidAt) })}</small>
      <ul>${one.credits.map((credit) => html`<li class="row apart"><span class="grow">${name(credit.role)} <small>${credit.sku}</small></span><b>${credit.amount.text}</b></li>`)}</ul></li>`)}</ul>`}<//>`;
}

function Entries({ ops }) {
  return html`<${Pages} operation=${ops.Earnings} of=${(data) => data.ownEarnings.entries} empty=${t("还没有入账。")}>${(nodes) => html`<div class="scroll card" tabindex="0" role="region" aria-label=${t("入账")}><table>
    <thead><tr><th scope="col">${t("时间")}</th><th scope="col">${t("因为")}</th><th scope="col">${t("订单")}</th><th scope="col" class="figure">${t("金额")}</th></tr></thead>
    <tbody>${nodes.map((one) => html`<tr><td>${moment(one.at)}</td><td>${name(one.cause)}</td><td>${one.orderId ?? "—"}</td><td class="figure">${one.amount.text}</td></tr>`)}</tbody></table></div>`}<//>`;
}
