// The community: how good guides do it, what others say to it, and who did best.
import { ask, session } from "../ask.js";
import { Act, Badge, Empty, Filters, Head, Pages, Part, Picture, date, here, html, t, tell, useAsk, useState } from "../kit.js";
import { Talk } from "../talk.js";

const TALKERS = ["GUIDE", "STORE_MANAGER", "REGION_MANAGER", "TRAINER"];
const KEEPERS = ["TRAINER", "HEAD_OFFICE"];
const MODERATORS = ["STORE_MANAGER", "REGION_MANAGER", "TRAINER", "REVIEWER", "HEAD_OFFICE"];
const TITLES = { FIRST_ORDER: "首单", BEST_SELLER: "销售第一", SEEDING_KING: "种草王", BEST_REPURCHASE: "回头客最多", MOST_FRIENDS: "加好友最多", MOST_TASKS: "任务最多", MODEL_STORE: "样板店" };
const is = (roles) => roles.includes(session.value.viewer.role);

export default function Community({ ops }) {
  const { tab = "board" } = here.value.query;
  return html`<${Head} title=${t("社区")} />
    <${Filters} name="tab" label=${t("看什么")} options=${[["board", t("好做法")], ["titles", t("荣誉榜")]]} />
    ${tab === "titles" ? html`<${Titles} ops=${ops} />` : html`<${Pages} operation=${ops.Community} of=${(data) => data.guideBoard} empty=${t("还没有好做法上榜。")}>${(nodes, again) => html`<ul class="stack">${nodes.filter((one) => one.post).map((one) => html`<li class="card stack" key=${one.post.id}><${One} ops=${ops} one=${one} again=${again} /></li>`)}</ul>`}<//>`}`;
}

function One({ ops, one: { post, guideName, putAt, likes }, again }) {
  const [open, setOpen] = useState(false);
  const like = () => ask(ops.CommunityLike, { place: "POST", id: post.id }).then(again);
  const takeOff = () => ask(ops.CommunityTakeOff, { id: post.id }).then(() => (tell(t("已撤下")), again()));
  return html`<div class="row apart"><strong>${post.revision.title}</strong><small>${guideName ?? "—"} · ${date(putAt)}</small></div>
    ${post.revision.cover && html`<span class="thumb"><${Picture} asset=${post.revision.cover} alt="" /></span>`}
    <p class="reading">${post.revision.text}</p>
    <div class="row">${is(TALKERS) ? html`<${Act} aria-label=${t("赞 {name}", { name: post.revision.title })} run=${like}>👍 ${likes}<//>` : html`<small>${t("{n} 个赞", { n: likes })}</small>`}
      <button type="button" aria-expanded=${open} onClick=${() => setOpen(!open)}>${t("大家说")}</button>
      ${is(KEEPERS) && html`<${Act} kind="harm" run=${takeOff}>${t("撤下")}<//>`}</div>
    ${open && html`<${Talk} list=${ops.CommunityTalk} say=${ops.CommunitySay} like=${ops.CommunityLike} remove=${is(MODERATORS) ? ops.CommunityRemove : null} place="POST" id=${post.id} mayTalk=${is(TALKERS)} />`}`;
}

function Titles({ ops }) {
  const found = useAsk(ops.CommunityTitles);
  return html`<${Part} of=${found}>${({ guideTitles: roll }) => (roll?.titles.length
    ? html`<p class="faint">${date(roll.madeAt)}</p><ul class="list card">${roll.titles.map((one) => html`<li class="row apart said" key=${`${one.kind}${one.subject}`}><span><strong>${t(TITLES[one.kind])}</strong> ${one.guideName ?? one.subject}</span><${Badge} tone=${one.rank === 1 ? "good" : ""}>${t("第 {n} 名", { n: one.rank })}<//></li>`)}</ul>`
    : html`<${Empty}>${t("还没有荣誉榜。")}<//>`)}<//>`;
}
