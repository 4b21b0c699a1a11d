// What is said about something, and a line to say more in.
import { ask, newKey } from "./ask.js";
import { Act, Area, Pages, html, moment, t, tell, useMemo, useState } from "./kit.js";

// `list`, `say`, `like` are the page's operations; `mayTalk` whether the reader takes part.
export function Talk({ list, say, like, remove = null, place, id, mayTalk }) {
  const [words, setWords] = useState("");
  const [turn, setTurn] = useState(0);
  const key = useMemo(newKey, [words]);
  const send = () => ask(say, { place, id, words, key }).then(() => (tell(t("说出去了")), setWords(""), setTurn(turn + 1)));
  return html`${mayTalk && html`<div class="stack"><${Area} label=${t("说一句")} value=${words} onInput=${setWords} rows=2 />
      <${Act} kind="main" disabled=${!words.trim()} run=${send}>${t("发出去")}<//></div>`}
    <${Pages} key=${turn} operation=${list} variables=${{ id }} of=${(data) => data.remarks} empty=${t("还没有人说话。")}>${(nodes, again) => html`<ul class="list">${nodes.map((one) => html`<li class="stack said" key=${one.id}>
      <div class="row apart"><strong>${one.authorName}</strong><small>${moment(one.saidAt)}</small></div><p>${one.words}</p>
      <div class="row">${mayTalk && html`<${Act} aria-label=${t("赞 {name}", { name: one.authorName })} run=${() => ask(like, { place: "REMARK", id: one.id }).then(again)}>👍 ${one.likes}<//>`}
        ${!mayTalk && html`<small>${t("{n} 个赞", { n: one.likes })}</small>`}
        ${remove && html`<${Act} kind="plain" run=${() => ask(remove, { id: one.id, reason: t("不合适") }).then(again)}>${t("删掉")}<//>`}</div></li>`)}</ul>`}<//>`;
}
