// Today: what a guide does, the worthiest first, each with words and a link that are ready; and coins.
import { ask } from "../ask.js";
import { Act, Badge, Empty, Filters, Head, Later, Pages, Part, Refusal, date, here, html, moment, t, tell, useAsk, useState } from "../kit.js";
import { name } from "../words.js";
import { Ready } from "./share.js";

const STATES = { DONE: "good", HANDED_IN: "info", REJECTED: "danger", FELL: "danger" };

export default function Today({ ops }) {
  const { tab = "today" } = here.value.query;
  const found = useAsk(ops.Today);
  const [sharing, share] = useState(null);
  return html`<${Head} title=${t("今天")} />
    <${Part} of=${found}>${({ ownCoins }) => html`<dl class="sums"><div class="card"><dt>${t("金币")}</dt><dd>${ownCoins.active}</dd>
      ${ownCoins.lots[0] && html`<small>${t("{n} 枚到 {date} 失效", { n: ownCoins.lots[0].coins, date: date(ownCoins.lots[0].lapsesAt) })}</small>`}</div></dl>`}<//>
    <${Filters} name="tab" label=${t("看什么")} options=${[["today", t("今天的事")], ["tasks", t("全部任务")], ["shop", t("金币商店")], ["coins", t("金币明细")]]} />
    ${tab === "today" && html`<${Part} of=${found}>${({ ownToday }) => (ownToday.length
      ? html`<ul class="stack">${ownToday.map((one) => html`<li class="card stack" key=${one.task?.id ?? `${one.customer.kind}${one.customer.memberId}`}>
          ${one.task ? html`<${Task} copy=${one.task} ops=${ops} share=${share} again=${found.again} />` : html`<${Customer} of=${one.customer} done=${one.done} share=${share} />`}</li>`)}</ul>`
      : html`<${Empty} action=${html`<a class="button" href="/desk/share">${t("去分享")}</a>`}>${t("今天没有要做的事。")}<//>`)}<//>`}
    ${tab === "tasks" && html`<${Tasks} ops=${ops} share=${share} />`}
    ${tab === "shop" && html`<${Later} from=${() => import("./today-shop.js")} view="Shop" ops=${ops} have=${found.data?.ownCoins.active ?? 0} again=${found.again} />`}
    ${tab === "coins" && html`<${Coins} ops=${ops} />`}
    ${sharing && html`<${Ready} key=${sharing.targetId} make=${ops.TodayShare} target=${sharing} scene=${sharing.scene} close=${() => share(null)} />`}`;
}

function Tasks({ ops, share }) {
  const found = useAsk(ops.TodayTasks);
  return html`<${Part} of=${found}>${({ ownTasks }) => (ownTasks.length
    ? html`<ul class="stack">${ownTasks.map((one) => html`<li class="card stack" key=${one.id}><${Task} copy=${one} ops=${ops} share=${share} again=${found.again} /></li>`)}</ul>`
    : html`<${Empty}>${t("现在没有任务。")}<//>`)}<//>`;
}

function Task({ copy, ops, share, again }) {
  const { work } = copy.task;
  const photo = work.proof === "PHOTOGRAPH";
  const open = copy.state !== "DONE" && copy.state !== "HANDED_IN";
  return html`<div class="row apart"><strong>${work.title}</strong><span class="row">${copy.state && html`<${Badge} tone=${STATES[copy.state]}>${name(copy.state)}<//>`}<${Badge}>${t("{n} 金币", { n: work.coins })}<//></span></div>
    ${work.text && html`<p>${work.text}</p>`}
    <p class="small">${photo ? t("做完拍一张照片，店长看过算完成") : `${name(work.proof)} ${sum(work, copy.measured)} / ${sum(work, work.target)}`} · ${t("到 {date} 为止", { date: date(copy.lastDay) })}</p>
    ${!photo && html`<meter aria-label=${t("进度")} min="0" max=${work.target} value=${Math.min(copy.measured, work.target)}></meter>`}
    ${copy.reason && html`<p class="wrong">${copy.reason}</p>`}
    <div class="row">${work.content && html`<button type="button" class="main" onClick=${() => share({ kind: work.content.target.kind, targetId: work.content.target.id, scene: work.content.scene, title: work.title })}>${t("去分享")}</button>`}
      ${photo && open && html`<${Photograph} copy=${copy} ops=${ops} again=${again} />`}</div>`;
}

const sum = (work, number) => (work.proof === "SALES" ? `¥${(number / 100).toFixed(2)}` : number);

function Photograph({ copy, ops, again }) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState(null);
  async function hand(file) {
    if (!file) return;
    setBusy(true);
    setFault(null);
    try {
      const { assetUpload } = await ask(ops.TodayPicture, {}, { file });
      await ask(ops.TodayHandIn, { id: copy.id, asset: assetUpload.asset.id });
      tell(t("交上去了，等店长看"));
      again();
    } catch (found) {
      setFault(found);
    }
    setBusy(false);
  }
  return html`<span class="act"><label class="button main" aria-busy=${busy}>${t("拍照交任务")}<input type="file" class="unseen" accept="image/*" capture="environment" disabled=${busy} onChange=${(event) => hand(event.target.files[0])} /></label><${Refusal} fault=${fault} compact /></span>`;
}

function Customer({ of: one, done, share }) {
  const copy = () => navigator.clipboard.writeText(one.words).then(() => tell(t("文案已复制")));
  return html`<div class="row apart"><strong>${name(one.kind)}</strong><span class="row">${done && html`<${Badge} tone="good">${t("已回应")}<//>`}<a href=${`/desk/customers/${one.memberId}`}>${t("看看顾客")}</a></span></div>
    <p>${one.words}</p>
    <div class="row">${navigator.clipboard && html`<${Act} run=${copy}>${t("复制文案")}<//>`}
      ${one.target && html`<button type="button" class="main" onClick=${() => share({ kind: one.target.kind, targetId: one.target.id, scene: one.scene, title: name(one.kind) })}>${t("我的链接和海报")}</button>`}</div>`;
}

function Coins({ ops }) {
  return html`<${Pages} operation=${ops.TodayCoins} of=${(data) => data.ownCoinEntries} empty=${t("还没有金币进出。")}>${(nodes) => html`<ul class="list card">${nodes.map((one) => html`<li class="row apart" key=${one.id}><span>${one.reason || name(one.kind)}<br /><small>${moment(one.at)}</small></span><b>${one.active > 0 ? "+" : ""}${one.active}</b></li>`)}</ul>`}<//>`;
}
