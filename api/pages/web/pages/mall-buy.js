// The mall's way to an order: cart, quote, checkout, payment in the sandbox, progress.
import { ask, listen, newKey, visit } from "../ask.js";
import { Act, Badge, Empty, Head, Input, Part, Picture, distance, draft, go, html, moment, t, tell, useAsk, useClock, useEffect, useMemo, useState } from "../kit.js";
import { name } from "../words.js";

// What belongs to the buyer is asked for once there is one.
function useOwn(operation, variables) {
  const [known, set] = useState(false);
  const [fault, setFault] = useState(null);
  const begin = () => (setFault(null), visit().then(() => set(true), setFault));
  useEffect(() => void begin(), []);
  const own = useAsk(operation, variables, { skip: !known });
  return fault ? { ...own, error: fault, again: begin } : own;
}

export function Cart({ ops, store }) {
  const found = useOwn(ops.MallCart, { store });
  const set = (line, quantity) =>
    ask(ops.MallCartLine, { input: { storeId: store, sku: line.sku, quantity } }).then(({ cartLineSet }) => found.change(() => ({ cart: cartLineSet.cart })));
  return html`<${Head} title=${t("购物车")} back=${`/mall/${store}`} />
    <${Part} of=${found}>${({ cart }) => cart?.lines.length
      ? html`<ul class="stack">${cart.lines.map((line) => html`<li class="card row" key=${line.sku}><${Line} line=${line} set=${set} store=${store} /></li>`)}</ul>
        <${Offers} offers=${cart.offers} />
        <div class="row apart"><span>${t("合计")} <b class="price large">${cart.total.text}</b></span>
          <a class="button main" href=${`/mall/${store}/checkout`}>${t("去结算")}</a></div>`
      : html`<${Empty} action=${html`<a class="button main" href=${`/mall/${store}/search`}>${t("看看商品")}</a>`}>${t("购物车还是空的。")}<//>`}<//>`;
}

function Line({ line, set, store }) {
  const options = line.product?.variants.find((one) => one.sku === line.sku)?.options.map((one) => one.value).join(" ");
  return html`<span class="thumb"><${Picture} asset=${line.product?.pictures[0]} alt="" /></span>
    <span class="grow"><a href=${`/mall/${store}/p/${line.product?.id}`}>${line.product?.name ?? line.sku}</a><br /><small>${options}</small><br />
      <b class="price">${line.price.text}</b> ${line.priceChanged && html`<small>${t("放进时 {price}", { price: line.seenPrice.text })}</small>`}
      ${!line.forSale && html`<${Badge} tone="danger">${t("已下架")}<//>`}
      ${line.forSale && line.short && html`<${Badge} tone="warn">${t("只剩 {n} 件", { n: line.available })}<//>`}</span>
    <span class="row"><${Act} run=${() => set(line, line.quantity - 1)} aria-label=${t("少一件")}>-<//><span aria-label=${t("数量")} role="status">${line.quantity}</span>
      <${Act} run=${() => set(line, line.quantity + 1)} aria-label=${t("多一件")}>+<//></span>`;
}

function Offers({ offers }) {
  return html`<ul class="small">${offers.filter((one) => one.outcome === "APPLIED" || one.missing).map((one) => html`<li>
    ${one.outcome === "APPLIED" ? `${one.name} −${one.given.text}` : t("{name}：还差 {money}", { name: one.name, money: one.missing.text })}</li>`)}</ul>`;
}

/* ---- checkout ---- */

export function Checkout({ ops, store, share }) {
  const found = useOwn(ops.MallCart, { store });
  const shop = useAsk(ops.MallStorefront, { store });
  return html`<${Head} title=${t("结算")} back=${`/mall/${store}/cart`} />
    <${Part} of=${found}>${({ cart }) => cart?.lines.length
      ? shop.data ? html`<${Pay} cart=${cart} shop=${shop.data.storefront.store} ops=${ops} store=${store} share=${cart.shareCode ?? share} />` : ""
      : html`<${Empty}>${t("购物车还是空的。")}<//>`}<//>`;
}

function Pay({ cart, shop, ops, store, share }) {
  const kept = useMemo(() => draft("address"), []);
  const [to, setTo] = useState({ name: "", phone: "", address: "", district: shop.district, ...kept.read() });
  const [pickup, setPickup] = useState(null);
  const [fault, setFault] = useState(null);
  const key = useMemo(newKey, [cart]);
  const put = (field) => (value) => (setTo({ ...to, [field]: value }), kept.write({ ...to, [field]: value }));
  const lines = cart.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const quote = useAsk(ops.MallQuote, { input: { storeId: store, lines, position: shop.position } });
  const quoted = quote.data?.orderQuote;
  const wrong = (field) => fault?.at?.(`delivery.${field}`) ?? fault?.errors?.filter((one) => one.field?.at(-1) === field) ?? [];
  async function place() {
    setFault(null);
    const how = pickup ? { pickupStoreId: pickup } : { delivery: { ...to, position: to.district === shop.district ? shop.position : null } };
    const input = { storeId: store, lines, shareCode: share || null, couponIds: quoted.couponIds, ...how };
    const { orderPlace } = await ask(ops.MallPlace, { input, key }).catch((found) => (setFault(found), Promise.reject(found)));
    for (const one of lines) await ask(ops.MallCartLine, { input: { storeId: store, sku: one.sku, quantity: 0 } });
    go(`/mall/${store}/orders/${orderPlace.order.id}`);
  }
  return html`<fieldset class="row"><legend>${t("怎么拿")}</legend>
      <label class="row"><input type="radio" name="how" checked=${!pickup} onChange=${() => setPickup(null)} />${t("送到家")}</label>
      ${quoted?.pickup.filter((one) => one.hasAll).slice(0, 3).map((one) => html`<label class="row"><input type="radio" name="how" checked=${pickup === one.store.id}
        onChange=${() => setPickup(one.store.id)} />${t("到 {store} 取", { store: one.store.name })}${one.distanceM != null ? ` · ${distance(one.distanceM)}` : ""}</label>`)}
    </fieldset>
    ${!pickup && html`<div class="form">
      <${Input} label=${t("收货人")} value=${to.name} onInput=${put("name")} wrong=${wrong("name")} autocomplete="name" />
      <${Input} label=${t("手机")} type="tel" value=${to.phone} onInput=${put("phone")} wrong=${wrong("phone")} autocomplete="tel" />
      <${Input} label=${t("区划代码")} hint=${to.district === shop.district ? shop.divisions.join(" ") : ""} value=${to.district} onInput=${put("district")} wrong=${wrong("district")} inputmode="numeric" />
      <${Input} label=${t("详细地址")} value=${to.address} onInput=${put("address")} wrong=${wrong("address")} autocomplete="street-address" />
    </div>`}
    <${Part} of=${quote}>${({ orderQuote }) => html`<section class="card stack">
      ${orderQuote.lines.map(({ line }) => html`<div class="row apart"><span class="grow">${line.name} <small>${line.options} × ${line.quantity}</small></span><span>${line.payable.text}</span></div>`)}
      <${Offers} offers=${orderQuote.offers} />
      <div class="row apart"><span>${t("运费")}</span><span>${orderQuote.shippingFee.text}</span></div>
      <div class="row apart"><strong>${t("合计")}</strong><b class="price large">${orderQuote.total.text}</b></div>
      ${orderQuote.shortLines.map((one) => html`<p class="wrong">${t("{sku} 只剩 {n} 件", { sku: one.sku, n: one.left })}</p>`)}
      ${orderQuote.shippingStores.length > 0 && !pickup && html`<small>${t("由 {store} 发出", { store: orderQuote.shippingStores.map((one) => one.name).join("、") })}</small>`}
    </section>
    <${Act} kind="main" disabled=${orderQuote.shortLines.length > 0} run=${place}>${t("提交订单")}<//>`}<//>`;
}

/* ---- orders ---- */

export function Orders({ ops, store }) {
  const found = useOwn(ops.MallOrders, {});
  return html`<${Head} title=${t("我的订单")} back=${`/mall/${store}`} />
    <${Part} of=${found}>${({ orders }) => orders.nodes.length
      ? html`<ul class="list">${orders.nodes.map((one) => html`<li key=${one.id}><a href=${`/mall/${store}/orders/${one.id}`}><span class="grow">
        <strong class="clip">${one.lines.map((line) => line.name).join("、")}</strong><small>${moment(one.placedAt)} · ${one.store.name}</small></span>
        <span class="end"><b class="price">${one.total.text}</b><${Badge}>${name(one.state)}<//></span></a></li>`)}</ul>`
      : html`<${Empty}>${t("还没有订单。")}<//>`}<//>`;
}

export function Order({ ops, store, id }) {
  const found = useOwn(ops.MallOrder, { id });
  const state = found.data?.order?.progress.state;
  useEffect(() => (state ? listen(ops.MallProgress, { id }, found.again, found.again) : undefined), [!!state, id]);
  async function pay() {
    const { paymentStart } = await ask(ops.MallPay, { order: id });
    if (!paymentStart.sandboxUrl) throw new Error("wx.requestPayment");
    await fetch(new URL(paymentStart.sandboxUrl).pathname, { method: "POST" });
    await ask(ops.MallPaid, { order: id });
    tell(t("付好了"));
    found.again();
  }
  const key = useMemo(newKey, [id]);
  const cancel = () => ask(ops.MallCancel, { order: id, reason: "不想要了", key }).then(found.again);
  return html`<${Head} title=${t("订单")} back=${`/mall/${store}/orders`} />
    <${Part} of=${found}>${({ order }) => order
      ? html`<section class="card stack"><div class="row apart"><strong role="status">${name(order.progress.state)}</strong><${Due} order=${order} /></div>
          ${order.lines.map((line) => html`<div class="row apart"><a class="grow" href=${`/mall/${store}/p/${line.productId}`}>${line.name}</a><small>${line.options} × ${line.quantity}</small><span>${line.payable.text}</span></div>`)}
          <div class="row apart"><span>${t("运费")}</span><span>${order.shippingFee.text}</span></div>
          <div class="row apart"><strong>${t("合计")}</strong><b class="price large">${order.total.text}</b></div>
          ${order.progress.state === "UNPAID" && html`<${Act} kind="main" run=${pay}>${t("付款（沙箱）")}<//>`}
          ${["UNPAID", "PREPARING"].includes(order.progress.state) && html`<${Act} run=${cancel}>${t("取消订单")}<//>`}
        </section>
        ${order.progress.fulfilmentOrders.map((one) => html`<section class="card stack" key=${one.id}><div class="row apart"><strong>${one.store?.name ?? t("正在找门店")}</strong><${Badge}>${name(one.state)}<//></div>
          <small>${one.lines.map((line) => `${line.name} × ${line.quantity}`).join("、")}</small>
          ${one.trackingNumber && html`<p>${one.carrier} ${one.trackingNumber}</p>`}
          ${one.pickupCode && html`<p>${t("取货码")} <b class="price large">${one.pickupCode}</b></p>`}</section>`)}
        <ol class="steps">${order.progress.history.map((one) => html`<li><small>${moment(one.at)}</small> ${name(one.after)}</li>`)}</ol>`
      : html`<${Empty}>${t("没有这个订单。")}<//>`}<//>`;
}

function Due({ order }) {
  const now = useClock();
  if (order.progress.state !== "UNPAID") return null;
  const left = Math.max(0, Math.round((new Date(order.expiresAt) - now) / 1000));
  return html`<small role="timer">${t("请在 {left} 内付款", { left: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` })}</small>`;
}
