// Friends in WeCom: who is new, what is to be confirmed there, what new friends are worth, and handing over.
import { session } from "../ask.js";
import { Badge, Choice, Empty, Filters, Head, Later, Pages, Part, date, go, here, html, moment, t, useAsk, withQuery } from "../kit.js";
import { name } from "../words.js";

const FRESH_MS = 7 * 86400000;
const VERDICTS = { VALID: ["算有效", "good"], NOT_NEW: ["别人先加的", "warn"], GONE: ["又走了", "danger"], UNKNOWN: ["不知道是哪位会员", ""], BURST: ["一下加得太多", "danger"], OVER_CAP: ["超过当天上限", "warn"] };
const ERRANDS = { PLANNED: ["马上问企业微信", ""], CARRYING: ["正在问企业微信", ""], ASKED: ["等导购在企业微信里确认", "warn"], DONE: ["发完了", "good"], FAILED: ["企业微信没收", "danger"], UNKNOWN: ["不知道收没收，不会再发", "danger"] };
const KINDS = { FRIENDS: "一对一", GROUPS: "客户群", MOMENT: "朋友圈" };

export default function Contact({ ops }) {
  const { role, id, storeId } = session.value.viewer;
  const guide = role === "GUIDE";
  const { tab = guide ? "friends" : "quality", store = storeId } = here.value.query;
  const tabs = guide
    ? [["friends", t("我的好友")], ["errands", t("要确认的")], ["groups", t("客户群")]]
    : [["quality", t("加好友质量")], ["errands", t("群发")], ["groups", t("客户群")], ["handover", t("交接")], ["ways", t("活码")]];
  const manage = (view) => html`<${Later} from=${() => import("./contact-manage.js")} view=${view} ops=${ops} store=${store} />`;
  return html`<${Head} title=${t("企业微信")} />
    ${!storeId && html`<${Stores} ops=${ops} store=${store} />`}
    <${Filters} name="tab" label=${t("看什么")} options=${tabs} />
    ${!store ? html`<${Empty}>${t("先选一家店。")}<//>` : html`<div class="stack" key=${`${store}${tab}`}>
      ${tab === "friends" && html`<${Friends} ops=${ops} guide=${id} />`}
      ${tab === "errands" && (guide ? html`<${Errands} ops=${ops} store=${store} own=${id} />` : html`${manage("Ask")}<${Errands} ops=${ops} store=${store} />`)}
      ${tab === "groups" && html`<${Groups} ops=${ops} store=${store} />`}
      ${tab === "quality" && manage("Quality")}
      ${tab === "handover" && manage("HandOver")}
      ${tab === "ways" && manage("Ways")}</div>`}`;
}

function Stores({ ops, store }) {
  const all = useAsk(ops.ContactStores);
  return html`<${Choice} label=${t("门店")} value=${store ?? ""} onChange=${(value) => go(withQuery({ store: value }))} options=${[["", t("选一家店")], ...(all.data?.stores.nodes ?? []).map((one) => [one.id, one.name])]} />`;
}

function Friends({ ops, guide }) {
  const read = useAsk(ops.ContactFriends, { id: guide });
  return html`${read.data?.guideFriends.readAt && html`<p class="faint">${t("名单截至 {at}", { at: moment(read.data.guideFriends.readAt) })}</p>`}
    <${Pages} operation=${ops.ContactFriends} variables=${{ id: guide }} of=${(data) => data.guideFriends.friends} empty=${t("还没有企业微信好友。请顾客扫您的活码。")}>${(nodes) => html`<ul class="list card">${nodes.map((one) => {
      const fresh = one.addedAt && Date.now() - new Date(one.addedAt) < FRESH_MS;
      const inner = html`<span class="grow"><strong>${one.name || t("没留名字")}</strong>${fresh ? html` <${Badge} tone="good">${t("新")}<//>` : ""}<br /><small>${one.addedAt ? t("{date} 加的", { date: date(one.addedAt) }) : "—"}</small></span>
        ${one.verdict && html`<${Badge} tone=${VERDICTS[one.verdict][1]}>${t(VERDICTS[one.verdict][0])}<//>`}`;
      return html`<li key=${one.externalId}>${one.memberId ? html`<a href=${`/desk/customers/${one.memberId}`}>${inner}</a>` : html`<div class="row said">${inner}</div>`}</li>`;
    })}</ul>`}<//>`;
}

// A guide sees their own; what WeCom has is confirmed there by the guide's own hand.
function Errands({ ops, store, own }) {
  return html`<${Pages} operation=${ops.ContactErrands} variables=${{ store }} of=${(data) => data.errands} empty=${t("没有要发的。")}>${(nodes) => {
    const shown = own ? nodes.filter((one) => one.guideId === own) : nodes;
    if (!shown.length) return html`<${Empty}>${t("没有要发的。")}<//>`;
    return html`<ul class="stack">${shown.map((one) => html`<li class="card stack" key=${one.id}>
      <div class="row apart"><strong>${t(KINDS[one.kind])}</strong><${Badge} tone=${ERRANDS[one.state][1]}>${t(ERRANDS[one.state][0])}<//></div>
      <p>${one.text}</p>${one.url && html`<p class="small">${one.url}</p>`}
      <p class="small">${moment(one.at)}${own ? "" : ` · ${one.guideId ?? "—"}`} · ${t("已发 {sent}，还能发 {unsent}", one)}${one.code ? ` · ${one.code}` : ""}</p>
      ${own && one.state === "ASKED" && html`<p class="notice">${t("打开手机企业微信的「群发任务」，点确认发送。")}</p>`}</li>`)}</ul>`;
  }}<//>`;
}

function Groups({ ops, store }) {
  return html`<${Pages} operation=${ops.ContactGroups} variables=${{ store }} of=${(data) => data.customerGroups} empty=${t("还没有客户群。")}>${(nodes) => html`<ul class="list card">${nodes.map((one) => html`<li class="row apart said" key=${one.id}>
    <span class="grow"><strong>${one.name || one.id}</strong><br /><small>${[one.productLine, one.level && name(one.level), one.guideId].filter(Boolean).join(" · ")}</small></span>
    ${one.dissolved ? html`<${Badge}>${t("已解散")}<//>` : html`<small>${t("{n} 位顾客", { n: one.customers })}</small>`}</li>`)}</ul>`}<//>`;
}
