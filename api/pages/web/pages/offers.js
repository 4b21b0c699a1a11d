// Offers: what holds, what waits for review, and what was taken up of each.
import { ask, session } from "../ask.js";
import { Act, Badge, Choice, Dialog, Head, Input, Pages, Refusal, clock, date, fen, html, t, tell, useState } from "../kit.js";
import { name } from "../words.js";

const TONES = { IN_REVIEW: "info", APPROVED: "good", REJECTED: "danger", WITHDRAWN: "warn" };
const WAYS = { OPEN: "自己领", LINK: "凭链接领", GUIDE: "导购发", PURCHASE: "买后送", REFERRAL: "推荐得" };
const SHAPES = [["percent", "商品打折"], ["tiers", "满减"], ["coupon", "满减优惠券"]];

export default function Offers({ ops }) {
  const office = session.value.viewer.role === "HEAD_OFFICE";
  const reviews = office || session.value.viewer.role === "REVIEWER";
  const [making, setMaking] = useState(false);
  const [turn, setTurn] = useState(0);
  return html`<${Head} title=${t("优惠")}>${office && html`<button type="button" class="main" onClick=${() => setMaking(true)}>${t("新优惠")}</button>`}<//>
    <${Pages} key=${turn} operation=${ops.Offers} of=${(data) => data.offersTakeUp} empty=${t("还没有优惠。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.offer.id}>
      <${Offer} one=${one} ops=${ops} again=${again} office=${office} reviews=${reviews} /></li>`)}</ul>`}<//>
    ${making && html`<${Make} ops=${ops} close=${() => setMaking(false)} done=${() => (setMaking(false), setTurn(turn + 1), tell(t("存成草稿了，送审后才生效")))} />`}`;
}

function Offer({ one: { offer, claimed, used, fen: given }, ops, again, office, reviews }) {
  const [asking, setAsking] = useState(null);
  const newest = offer.versions[offer.versions.length - 1];
  const holds = [...offer.versions].reverse().find((one) => one.state === "APPROVED");
  const act = (operation, words, more = {}) => () => ask(operation, { id: offer.id, number: newest.number, ...more }).then(() => (setAsking(null), tell(words), again()));
  const facts = [
    [t("做什么"), effect(newest.effect)],
    [t("什么时候"), `${date(newest.beginsAt)} ${clock(newest.beginsAt)} – ${date(newest.endsAt)} ${clock(newest.endsAt)}${newest.hours ? ` · ${newest.hours}` : ""}`],
    [t("哪些商品"), goods(newest.goods)],
    [t("给谁"), scope(newest.eligibility)],
    newest.claiming && [t("发放"), `${t(WAYS[newest.claiming.way] ?? newest.claiming.way)} · ${t("共 {total} 张，每人 {each} 张", newest.claiming)}`],
    newest.budget && [t("预算"), [newest.budget.fen?.text, newest.budget.uses && t("{n} 单", { n: newest.budget.uses })].filter(Boolean).join(" · ")],
    [t("用了多少"), [claimed != null && t("领 {n}", { n: claimed }), used != null && t("用 {n}", { n: used }), given?.text].filter(Boolean).join(" · ") || "—"],
    newest.comment && [t("审核意见"), newest.comment],
  ].filter(Boolean);
  return html`<div class="row apart"><span><strong>${newest.name}</strong> <small>${name(newest.kind)} · ${t("第 {n} 版", { n: newest.number })}</small></span>
      <span class="row">${holds && holds !== newest && html`<${Badge} tone="good">${t("第 {n} 版在生效", { n: holds.number })}<//>`}<${Badge} tone=${TONES[newest.state]}>${name(newest.state)}<//></span></div>
    <dl class="facts">${facts.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>
    <div class="row">
      ${office && newest.state === "DRAFT" && html`<${Act} kind="main" run=${act(ops.OffersSubmit, t("已送审"))}>${t("送审")}<//>`}
      ${reviews && newest.state === "IN_REVIEW" && html`<${Act} kind="main" run=${act(ops.OffersApprove, t("已通过，到时间就生效"))}>${t("通过")}<//>
        <button type="button" onClick=${() => setAsking("reject")}>${t("打回")}</button>`}
      ${reviews && newest.state === "APPROVED" && html`<button type="button" class="harm" onClick=${() => setAsking("withdraw")}>${t("停用")}</button>`}
    </div>
    ${asking && html`<${Why} close=${() => setAsking(null)} title=${asking === "reject" ? t("为什么打回") : t("为什么停用")}
      run=${(comment) => act(asking === "reject" ? ops.OffersReject : ops.OffersWithdraw, asking === "reject" ? t("已打回") : t("已停用"), { comment })()} />`}`;
}

function effect(found) {
  const { __typename: kind } = found;
  if (kind === "PercentOff") return t("减 {n}%", { n: found.percent }) + (found.most ? t("，最多 {most}", { most: found.most.text }) : "");
  if (kind === "AmountOff") return t("减 {off}", { off: found.amount.text });
  if (kind === "FixedPrice") return t("一口价 {price}", { price: found.price.text });
  if (kind === "NthPiece") return t("第 {n} 件减 {percent}%", found);
  if (kind === "Bundle") return t("{n} 件一起 {price}", { n: found.parts.reduce((sum, one) => sum + one.pieces, 0), price: found.price.text });
  const reached = (at) => (found.by === "AMOUNT" ? t("满 ¥{at}", { at: at / 100 }) : t("满 {at} 件", { at }));
  return found.tiers.map(({ at, gives }) => `${found.every ? t("每") : ""}${reached(at)} ${reward(gives)}`).join(t("；"));
}

function reward(gives) {
  if (gives.__typename === "Gift") return t("送 {sku} × {pieces}", gives);
  if (gives.__typename === "FreeShipping") return gives.most ? t("免运费，最多 {most}", { most: gives.most.text }) : t("免运费");
  return effect(gives);
}

function goods({ categories, products, skus }) {
  return [...categories.map((one) => one.join("/")), ...products, ...skus].join("、") || t("全部商品");
}

function scope({ channels, ...rest }) {
  return [...channels.map(name), ...Object.values(rest).flat()].join("、") || t("所有人，所有渠道");
}

function Why({ title, close, run }) {
  const [comment, setComment] = useState("");
  return html`<${Dialog} title=${title} onClose=${close}><${Input} label=${t("原因")} value=${comment} onInput=${setComment} data-first />
    <${Act} kind="harm" disabled=${!comment.trim()} run=${() => run(comment)}>${t("确定")}<//><//>`;
}

// The three shapes that most offers have; any other is made by API.
function Make({ ops, close, done }) {
  const [of, setOf] = useState({ shape: "tiers", called: "", begins: "", ends: "", percent: "20", at: "300", off: "50", total: "1000", each: "1", category: "" });
  const [fault, setFault] = useState(null);
  const set = (key) => (value) => setOf((old) => ({ ...old, [key]: value }));
  const wrong = (key) => fault?.at?.(`input.${key}`) ?? [];
  const number = (key, label) => html`<${Input} label=${label} value=${of[key]} onInput=${set(key)} inputmode="decimal" />`;
  const steps = { tiers: { by: "AMOUNT", tiers: [{ at: fen(of.at), gives: { amountOff: { amountFen: fen(of.off) } } }] } };
  const input = {
    name: of.called,
    effect: of.shape === "percent" ? { percentOff: { percent: Number(of.percent) } } : steps,
    beginsAt: `${of.begins}:00+08:00`,
    endsAt: `${of.ends}:00+08:00`,
    goods: of.category.trim() ? { categories: [of.category.split("/").map((one) => one.trim())], products: [], skus: [], exceptProducts: [] } : null,
    coupon: of.shape === "coupon" ? { kind: "ORDER_COUPON", total: Number(of.total), each: Number(of.each) } : null,
  };
  return html`<${Dialog} title=${t("新优惠")} onClose=${close}>
    <${Choice} label=${t("做什么")} value=${of.shape} onChange=${set("shape")} options=${SHAPES.map(([one, words]) => [one, t(words)])} />
    <${Input} label=${t("顾客看到的名字")} value=${of.called} onInput=${set("called")} wrong=${wrong("name")} data-first />
    <div class="form">${of.shape === "percent" ? number("percent", t("减百分之几")) : [number("at", t("满多少元")), number("off", t("减多少元"))]}
      ${of.shape === "coupon" && [number("total", t("共多少张")), number("each", t("每人几张"))]}</div>
    <${Input} label=${t("只限品类")} hint=${t("如 服装/羽绒服；不填就是全部商品")} value=${of.category} onInput=${set("category")} wrong=${wrong("goods.categories.0")} />
    <div class="form"><${Input} label=${t("从（北京时间）")} type="datetime-local" value=${of.begins} onInput=${set("begins")} wrong=${wrong("beginsAt")} />
      <${Input} label=${t("到（北京时间）")} type="datetime-local" value=${of.ends} onInput=${set("ends")} wrong=${wrong("endsAt")} /></div>
    <${Refusal} fault=${fault} compact />
    <${Act} kind="main" disabled=${!of.called || !of.begins || !of.ends} run=${() => ask(ops.OffersCreate, { input }).then(done, setFault)}>${t("存成草稿")}<//>
  <//>`;
}
