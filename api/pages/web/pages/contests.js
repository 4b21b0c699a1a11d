// Contests: who stands where, as it changes; what guides report, and its judging.
import { ask, listen, newKey, session } from "../ask.js";
import { Act, Badge, Choice, Dialog, Empty, Field, Filters, Head, Input, Judge, Pages, Part, Picture, VERSION_TONES, date, fen, go, here, html, moment, t, tell, today, useAsk, useEffect, useMemo, useRef, useState, withQuery } from "../kit.js";
import { Talk } from "../talk.js";
import { name } from "../words.js";

const MAKERS = ["HEAD_OFFICE", "TRAINER"];
const TALKERS = ["GUIDE", "STORE_MANAGER", "REGION_MANAGER", "TRAINER"];
const UNITS = { GUIDE: "导购", STORE: "门店", REGION: "城市", DRAWN: "队" };
const yuan = (digits) => `¥${(Number(digits) / 100).toFixed(2)}`;

export default function Contests({ ops, rest: [id] }) {
  return id ? html`<${One} ops=${ops} id=${id} />` : html`<${List} ops=${ops} />`;
}

function List({ ops }) {
  const { tab = "contests" } = here.value.query;
  const [making, setMaking] = useState(false);
  const { role, storeId } = session.value.viewer;
  return html`<${Head} title=${t("比赛")}>${MAKERS.includes(role) && html`<button type="button" class="main" onClick=${() => setMaking(true)}>${t("办一场比赛")}</button>`}<//>
    ${role === "STORE_MANAGER" && html`<${Filters} name="tab" label=${t("看什么")} options=${[["contests", t("比赛")], ["reports", t("上报的销售")]]} />`}
    ${tab === "reports" ? html`<${Reports} ops=${ops} store=${storeId} />`
      : html`<${Pages} key=${making} operation=${ops.Contests} of=${(data) => data.contests} empty=${t("现在没有比赛。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}>
        <div class="row apart"><a href=${`/desk/contests/${one.id}`}><strong>${one.title}</strong></a><${Stage} of=${one} /></div>
        <p class="small">${one.startsOn} – ${one.endsOn} · ${t("按{unit}排名", { unit: t(UNITS[one.unit]) })} · ${t("{n} 个参加", { n: one.entrants })}${one.prizes.length ? ` · ${t("奖金币 {list}", { list: one.prizes.join("、") })}` : ""}</p>
        ${one.comment && html`<p class="wrong">${one.comment}</p>`}
        ${one.state === "IN_REVIEW" && role === "HEAD_OFFICE" && html`<div class="row"><${Judge} approve=${ops.ContestsApprove} reject=${ops.ContestsReject} id=${one.id} again=${again} /></div>`}</li>`)}</ul>`}<//>`}
    ${making && html`<${Make} ops=${ops} close=${() => setMaking(false)} />`}`;
}

function Stage({ of: { state, startsOn, endsOn } }) {
  if (state !== "APPROVED") return html`<${Badge} tone=${VERSION_TONES[state]}>${name(state)}<//>`;
  const now = today();
  if (now < startsOn) return html`<${Badge}>${t("还没开始")}<//>`;
  return now > endsOn ? html`<${Badge}>${t("已结束")}<//>` : html`<${Badge} tone="good">${t("比赛中")}<//>`;
}

function One({ ops, id }) {
  const { day = null } = here.value.query;
  const found = useAsk(ops.ContestsStanding, { id, day });
  const [reporting, setReporting] = useState(false);
  const { role } = session.value.viewer;
  useEffect(() => listen(ops.ContestsLive, { id, day }, ({ contestStandingChanged }) => found.change(() => ({ contestStanding: contestStandingChanged })), found.again), [id, day]);
  return html`<${Part} of=${found}>${({ contestStanding: { contest, places, sealedAt, hash } }) => html`<${Head} title=${contest.title} back="/desk/contests"><${Stage} of=${contest} /><//>
    <p class="small">${contest.startsOn} – ${contest.endsOn}${contest.targetFen ? ` · ${t("卖到 {sum} 才有奖", { sum: yuan(contest.targetFen) })}` : ""}${contest.dayPrizes.length ? ` · ${t("每天奖金币 {list}", { list: contest.dayPrizes.join("、") })}` : ""}</p>
    <div class="row"><${Input} label=${t("哪一天（空着看总榜）")} type="date" value=${day} min=${contest.startsOn} max=${contest.endsOn} onInput=${(value) => go(withQuery({ day: value }), { replace: true })} />
      ${role === "GUIDE" && contest.state === "APPROVED" && today() >= contest.startsOn && html`<button type="button" class="main" onClick=${() => setReporting(true)}>${t("上报一笔销售")}</button>`}</div>
    <${Mine} places=${places.nodes} />
    ${places.nodes.length ? html`<section class="card"><${Places} nodes=${places.nodes} /></section>` : html`<${Empty}>${t("还没有人上榜。")}<//>`}
    ${sealedAt && html`<p class="faint">${t("{at} 封榜", { at: moment(sealedAt) })} · <code>${hash.slice(0, 16)}</code></p>`}
    <section class="card stack"><h2>${t("大家说")}</h2><${Talk} list=${ops.ContestsTalk} say=${ops.ContestsSay} like=${ops.ContestsLike} place="CONTEST" id=${id} mayTalk=${TALKERS.includes(role)} /></section>
    ${reporting && html`<${Report} ops=${ops} contest=${contest} close=${() => setReporting(false)} />`}`}<//>`;
}

const own = (one) => [session.value.viewer.id, session.value.viewer.storeId, session.value.viewer.regionId].includes(one.subject);

// Where the reader stands, and how far the next one is.
function Mine({ places }) {
  const at = places.findIndex(own);
  if (at < 0) return null;
  const above = places[at - 1];
  return html`<dl class="sums"><div class="card"><dt>${t("我的名次")}</dt><dd>${places[at].rank}</dd><small>${above ? t("离第 {n} 名差 {sum}", { n: above.rank, sum: yuan(above.fen - places[at].fen) }) : t("现在领先")}</small></div>
    <div class="card"><dt>${t("卖了")}</dt><dd>${yuan(places[at].fen)}</dd></div></dl>`;
}

function Places({ nodes }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t("名次")}><table><thead><tr><th scope="col" class="figure">${t("名次")}</th><th scope="col">${t("谁")}</th><th scope="col" class="figure">${t("卖了")}</th></tr></thead>
    <tbody>${nodes.map((one) => html`<tr key=${one.subject} aria-current=${own(one) ? "true" : undefined}><td class="figure">${one.rank}</td><th scope="row">${one.guideName ?? one.subject}${own(one) ? html` <${Badge} tone="info">${t("我")}<//>` : ""}</th>
      <td class="figure">${yuan(one.fen)}${one.correction !== "0" ? html` <small>${t("封榜后 {sum}", { sum: yuan(one.correction) })}</small>` : ""}</td></tr>`)}</tbody></table></div>`;
}

function Report({ ops, contest, close }) {
  const [day, setDay] = useState(today());
  const [sum, setSum] = useState("");
  const [text, setText] = useState("");
  const [file, setFile] = useState(null);
  const key = useMemo(newKey, [day, sum, text, file]);
  // Asked again, it is the same report with the same picture.
  const picture = useRef({});
  async function report() {
    if (picture.current.file !== file) picture.current = { file, id: (await ask(ops.ContestsPicture, {}, { file })).assetUpload.asset.id };
    await ask(ops.ContestsReport, { input: { contestId: contest.id, day, fen: fen(sum), assetId: picture.current.id, text }, key });
    tell(t("报上去了，等店长看"));
    close();
  }
  return html`<${Dialog} title=${t("上报一笔销售")} onClose=${close}>
    <${Input} label=${t("哪一天")} type="date" value=${day} min=${contest.startsOn} max=${contest.endsOn} onInput=${setDay} />
    <${Input} label=${t("金额（元）")} value=${sum} onInput=${setSum} inputmode="decimal" />
    <${Field} label=${t("小票照片")}>${(attributes) => html`<input type="file" accept="image/*" ...${attributes} onChange=${(event) => setFile(event.target.files[0])} />`}<//>
    <${Input} label=${t("补充一句")} value=${text} onInput=${setText} />
    <${Act} kind="main" disabled=${!file || !(fen(sum) > 0)} run=${report}>${t("上报")}<//>
  <//>`;
}

function Reports({ ops, store }) {
  return html`<${Pages} operation=${ops.ContestsReports} variables=${{ store }} of=${(data) => data.contestSaleReports} empty=${t("没有上报的销售。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}>
    <div class="row apart"><strong>${one.guideName} · ${yuan(one.fen)}</strong><${Badge} tone=${VERSION_TONES[one.state] ?? "info"}>${name(one.state)}<//></div>
    <p class="small">${one.day}${one.text ? ` · ${one.text}` : ""}${one.reason ? ` · ${one.reason}` : ""}</p>
    ${one.asset && html`<a class="thumb" href=${one.asset.url} target="_blank" rel="noopener" aria-label=${t("看大图")}><${Picture} asset=${one.asset} alt="" /></a>`}
    ${one.state === "HANDED_IN" && html`<div class="row"><${Judge} approve=${ops.ContestsReportApprove} reject=${ops.ContestsReportReject} id=${one.id} again=${again} /></div>`}</li>`)}</ul>`}<//>`;
}

const numbers = (text) => text.split(/[,，、\s]+/).filter(Boolean).map(Number);

function Make({ ops, close }) {
  const [form, set] = useState({ title: "", unit: "GUIDE", startsOn: "", endsOn: "", prizes: "100、60、30", dayPrizes: "", target: "" });
  const put = (field) => (value) => set({ ...form, [field]: value });
  const { title, unit, startsOn, endsOn, prizes, dayPrizes, target } = form;
  const input = { title, unit, startsOn, endsOn, audience: {}, prizes: numbers(prizes), dayPrizes: numbers(dayPrizes), targetFen: target ? fen(target) : 0 };
  const key = useMemo(newKey, [form]);
  const save = () => ask(ops.ContestsCreate, { input, key }).then(() => (tell(t("送审了")), close()));
  return html`<${Dialog} title=${t("办一场比赛")} onClose=${close}>
    <${Input} label=${t("名字")} value=${title} onInput=${put("title")} />
    <${Choice} label=${t("谁来比")} value=${unit} onChange=${put("unit")} options=${["GUIDE", "STORE", "REGION"].map((one) => [one, t(UNITS[one])])} />
    <${Input} label=${t("第一天（最早明天）")} type="date" value=${startsOn} min=${today()} onInput=${put("startsOn")} />
    <${Input} label=${t("最后一天")} type="date" value=${endsOn} min=${startsOn} onInput=${put("endsOn")} />
    <${Input} label=${t("总榜奖多少金币，从第一名起")} value=${prizes} onInput=${put("prizes")} />
    <${Input} label=${t("每天奖多少金币")} value=${dayPrizes} onInput=${put("dayPrizes")} />
    <${Input} label=${t("卖到多少元才有奖")} value=${target} onInput=${put("target")} inputmode="decimal" />
    <${Act} kind="main" disabled=${!title.trim() || !startsOn || !endsOn} run=${save}>${t("送审")}<//>
  <//>`;
}
