// The shop of coins: what a guide can have for theirs, and what became of what they chose.
import { ask, newKey } from "../ask.js";
import { Act, Badge, Dialog, Pages, html, moment, t, tell, useMemo, useState } from "../kit.js";
import { name } from "../words.js";

const TONES = { ORDERED: "info", HANDED_OVER: "good", REFUSED: "danger" };

export function Shop({ ops, have, again }) {
  const [chosen, choose] = useState(null);
  const [turn, setTurn] = useState(0);
  return html`<${Pages} key=${`r${turn}`} operation=${ops.TodayRewards} of=${(data) => data.coinRewards} empty=${t("商店里还没有东西。")}>${(nodes) => html`<ul class="stack">${nodes.filter((one) => one.offered).map((one) => html`<li class="card row apart" key=${one.id}>
      <span class="grow"><strong>${one.name}</strong><br /><small>${one.text ? `${one.text} · ` : ""}${t("还有 {n} 件", { n: one.left })}</small></span>
      <button type="button" disabled=${!one.left || one.coins > have} onClick=${() => choose(one)}>${t("{n} 金币", { n: one.coins })}</button></li>`)}</ul>`}<//>
    <section class="card stack"><h2>${t("我换的")}</h2><${Pages} key=${`o${turn}`} operation=${ops.TodayRewardOrders} of=${(data) => data.ownCoinRewardOrders} empty=${t("还没有换过。")}>${(nodes) => html`<ul class="list">${nodes.map((one) => html`<li class="row apart" key=${one.id}>
      <span class="grow">${one.name}<br /><small>${moment(one.orderedAt)}${one.why ? ` · ${one.why}` : ""}</small></span><${Badge} tone=${TONES[one.state]}>${name(one.state)}<//></li>`)}</ul>`}<//></section>
    ${chosen && html`<${Take} reward=${chosen} have=${have} ops=${ops} close=${() => choose(null)} done=${() => (choose(null), setTurn(turn + 1), again())} />`}`;
}

function Take({ reward, have, ops, close, done }) {
  const key = useMemo(newKey, []);
  const take = () => ask(ops.TodayRewardOrder, { id: reward.id, key }).then(() => (tell(t("换好了，找店长领")), done()));
  return html`<${Dialog} title=${reward.name} onClose=${close}>
    <p>${t("用 {n} 金币换，换完还剩 {left}。", { n: reward.coins, left: have - reward.coins })}</p>
    <div class="row"><${Act} kind="main" run=${take}>${t("换")}<//><button type="button" onClick=${close}>${t("再想想")}</button></div>
  <//>`;
}
