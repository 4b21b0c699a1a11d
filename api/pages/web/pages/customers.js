// Customers: whom a guide looks after, or a store's members; and one of them, as far as they allow it.
import { ask, newKey, session } from "../ask.js";
import { Act, Badge, Choice, Head, Pages, Part, date, html, moment, t, tell, useAsk, useMemo, useState } from "../kit.js";
import { name } from "../words.js";

export default function Customers({ ops, rest: [id] }) {
  return id ? html`<${One} ops=${ops} id=${id} />` : html`<${List} ops=${ops} />`;
}

const isGuide = () => session.value.viewer.role === "GUIDE";

function List({ ops }) {
  const { id, storeId } = session.value.viewer;
  const variables = isGuide() ? { guide: id } : { store: storeId };
  return html`<${Head} title=${isGuide() ? t("我的顾客") : t("本店会员")} />
    <${Pages} operation=${ops.Customers} variables=${variables} of=${(data) => data.storeMembers}
      empty=${isGuide() ? t("还没有顾客。从您的链接进来、或加您企业微信的会员会出现在这里。") : t("本店还没有会员。")}>${(nodes) => html`<ul class="list card">${nodes.map((one) => html`<li key=${one.id}><a href=${`/desk/customers/${one.id}`}>
        <span class="grow"><strong>${one.name || t("没留名字")}</strong><br /><small>${one.phone ?? "—"}</small></span><small>${t("{date} 加入", { date: date(one.joinedAt) })}</small></a></li>`)}</ul>`}<//>`;
}

function One({ ops, id }) {
  const found = useAsk(ops.CustomersOne, { id });
  const dictionary = useAsk(ops.CustomersTags);
  return html`<${Part} of=${found}>${({ customerView: one }) => html`<${Head} title=${one.name || t("没留名字")} back="/desk/customers"><small>${one.phone ?? ""}</small><//>
    <dl class="sums">
      <div class="card"><dt>${t("等级")}</dt><dd>${one.level.name}</dd>${one.levelUntil && html`<small>${t("到 {date}", { date: date(one.levelUntil) })}</small>`}</div>
      <div class="card"><dt>${t("积分")}</dt><dd>${one.points.active}</dd><small>${t("待生效 {n}", { n: one.points.pending })}</small></div>
      <div class="card"><dt>${t("买过")}</dt><dd>${one.purchasesInAll}</dd><small>${t("各渠道一起")}</small></div></dl>
    <section class="card stack"><h2>${t("接下来的日子")}</h2>${one.nextDates.length ? html`<ul>${one.nextDates.map((each) => html`<li class="row apart"><span>${name(each.kind)}</span><b>${each.on}</b></li>`)}</ul>` : html`<p class="faint">${t("没有。")}</p>`}</section>
    <section class="card stack"><h2>${t("标签")}</h2>${one.tags ? html`<${Tags} of=${one} known=${dictionary.data?.tags ?? []} ops=${ops} again=${found.again} />` : html`<p class="faint">${t("顾客不同意画像，标签不给看。")}</p>`}</section>
    <section class="card stack"><h2>${t("手上的券")}</h2>${one.coupons.length ? html`<ul>${one.coupons.map((each) => html`<li class="row apart" key=${each.id}><span>${each.name}</span><small>${t("到 {date}", { date: date(each.expiresAt) })}</small></li>`)}</ul>` : html`<p class="faint">${t("没有。")}</p>`}
      ${isGuide() && html`<${Give} ops=${ops} id=${one.id} again=${found.again} />`}</section>
    ${one.cart && html`<section class="card stack"><h2>${t("购物车里")}</h2>${one.cart.length ? html`<ul>${one.cart.map((each) => html`<li class="row apart"><span>${each.name ?? each.sku}</span><b>× ${each.quantity}</b></li>`)}</ul>` : html`<p class="faint">${t("空的。")}</p>`}</section>`}
    <section class="card stack"><h2>${t("最近买的")}</h2>${one.purchases.length ? html`<ul class="stack">${one.purchases.map((each) => html`<li key=${each.id}><div class="row apart"><span>${moment(each.at)} · ${name(each.channel)}</span><b>${each.paid.text}</b></div>
      <small>${each.lines.map((line) => `${line.name ?? line.sku} × ${line.quantity}`).join("、")}${each.refunded.fen ? ` · ${t("退了 {sum}", { sum: each.refunded.text })}` : ""}</small></li>`)}</ul>` : html`<p class="faint">${t("还没有买过。")}</p>`}</section>`}<//>`;
}

function Tags({ of: one, known, ops, again }) {
  const [chosen, choose] = useState("");
  const called = (code) => known.find((each) => each.code === code)?.name ?? code;
  const free = known.filter((each) => !each.automatic && !one.tags.some((held) => held.code === each.code));
  const put = () => ask(ops.CustomersTag, { id: one.id, tag: chosen }).then(() => (tell(t("标签加上了")), choose(""), again()));
  const take = (code) => () => ask(ops.CustomersUntag, { id: one.id, tag: code }).then(again);
  return html`<ul class="row">${one.tags.map((held) => html`<li class="row" key=${held.code}><${Badge}>${called(held.code)}<//>
      ${held.source === "MANUAL" && html`<${Act} kind="plain" aria-label=${t("去掉标签 {name}", { name: called(held.code) })} run=${take(held.code)}>×<//>`}</li>`)}</ul>
    ${free.length > 0 && html`<div class="row"><${Choice} label=${t("加标签")} value=${chosen} onChange=${choose} options=${[["", "—"], ...free.map((each) => [each.code, each.name])]} />
      <${Act} disabled=${!chosen} run=${put}>${t("加上")}<//></div>`}`;
}

function Give({ ops, id, again }) {
  const found = useAsk(ops.CustomersCoupons);
  const [chosen, choose] = useState("");
  const [turn, setTurn] = useState(0);
  const key = useMemo(newKey, [chosen, turn]);
  const give = () => ask(ops.CustomersGive, { coupon: chosen, id, key }).then(() => (tell(t("券送出了")), setTurn(turn + 1), choose(""), again(), found.again()));
  return html`<${Part} of=${found}>${({ couponsToGive }) => couponsToGive.length > 0 && html`<div class="row"><${Choice} label=${t("送一张券")} value=${chosen} onChange=${choose}
      options=${[["", "—"], ...couponsToGive.map((one) => [one.coupon.id, t("{name}（还能送 {n} 张）", { name: one.coupon.name, n: one.left })])]} />
    <${Act} kind="main" disabled=${!chosen} run=${give}>${t("送出")}<//></div>`}<//>`;
}
