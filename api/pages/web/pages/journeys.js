// Journeys: which there are and how they go, a version as its steps, what it would do, and one member's way.
import { ask, session } from "../ask.js";
import { Act, Badge, Choice, Empty, Filters, Head, Input, Judge, Pages, Part, VERSION_TONES, go, here, html, moment, t, tell, useAsk, useState, withQuery } from "../kit.js";
import { name } from "../words.js";

const STEPS = { WAIT: "等", WAIT_CLOCK: "等到几点", WAIT_FACT: "等一件事", BRANCH: "分情况", SPLIT: "分组", MESSAGE: "发消息", COUPON: "给券", TAG: "打标签", TODO: "请导购做", STOP: "结束" };
const ENTRIES = { FACT: "发生一件事", SEGMENT: "进入人群", LIST: "名单", BIRTHDAY: "生日", CARD_END: "会员等级到期" };
const RUNS = { WAITING: ["在等", "info"], ACTING: ["正在做", "info"], CALLING: ["正在做", "info"], DONE: ["走完了", "good"], GOAL: ["达到目标", "good"], STOPPED: ["停下了", "warn"] };
const OUTCOMES = { DONE: "做了", FAILED: "没做成", UNKNOWN: "不知道做没做成", SKIPPED: "跳过" };
const office = () => session.value.viewer.role === "HEAD_OFFICE";

export default function Journeys({ ops, rest: [id] }) {
  const { tab = "all" } = here.value.query;
  if (id) return html`<${One} ops=${ops} id=${id} />`;
  return html`<${Head} title=${t("旅程")} />
    ${office() && html`<${Filters} name="tab" label=${t("看什么")} options=${[["all", t("全部旅程")], ["member", t("一位会员")]]} />`}
    ${tab === "member" ? html`<${Member} ops=${ops} />` : html`<${Pages} operation=${ops.Journeys} of=${(data) => data.journeys} empty=${t("还没有旅程。")}>${(nodes) => html`<ul class="list card">${nodes.map((one) => html`<li key=${one.id}><a href=${`/desk/journeys/${one.id}`}>
      <span class="grow"><strong>${one.name}</strong><br /><small>${t("共 {n} 版", { n: one.versions.length })} · ${t("{n} 位会员在路上", { n: one.openMembers })}</small></span><${Stage} of=${one} /></a></li>`)}</ul>`}<//>`}`;
}

function Stage({ of: { live, paused, ended } }) {
  if (ended) return html`<${Badge}>${t("已结束")}<//>`;
  if (paused) return html`<${Badge} tone="warn">${t("暂停")}<//>`;
  return live ? html`<${Badge} tone="good">${t("第 {n} 版在跑", { n: live })}<//>` : html`<${Badge}>${t("还没上线")}<//>`;
}

function One({ ops, id }) {
  const found = useAsk(ops.JourneysOne, { id });
  const { version } = here.value.query;
  const act = (operation, words) => () => ask(operation, { id }).then(() => (tell(words), found.again()));
  return html`<${Part} of=${found}>${({ journey: one }) => {
    const shown = one.versions.find((each) => String(each.number) === version) ?? one.versions[one.versions.length - 1];
    return html`<${Head} title=${one.name} back="/desk/journeys"><${Stage} of=${one} />
        ${office() && one.live && !one.ended && (one.paused ? html`<${Act} run=${act(ops.JourneysResume, t("接着跑了"))}>${t("接着跑")}<//>` : html`<${Act} run=${act(ops.JourneysPause, t("暂停了"))}>${t("暂停")}<//>`)}<//>
      <dl class="sums"><div class="card"><dt>${t("在路上的会员")}</dt><dd>${one.openMembers}</dd></div></dl>
      <nav class="filters" aria-label=${t("版本")}>${one.versions.map((each) => html`<a class="chip" key=${each.number} href=${withQuery({ version: each.number })} aria-current=${each === shown ? "true" : undefined}>${t("第 {n} 版", { n: each.number })}</a>`)}</nav>
      <${Version} key=${shown.number} ops=${ops} id=${id} live=${one.live} version=${shown} again=${found.again} />
      ${office() && html`<${Unknown} ops=${ops} id=${id} />`}`;
  }}<//>`;
}

function Version({ ops, id, live, version, again }) {
  const { number, state, comment, entry, entryFact, goals, steps, madeAt, liveAt } = version;
  const publish = () => ask(ops.JourneysPublish, { id, number }).then(() => (tell(t("上线了")), again()));
  return html`<section class="card stack"><div class="row apart"><h2>${t("第 {n} 版", { n: number })}</h2><${Badge} tone=${VERSION_TONES[state]}>${name(state)}<//></div>
    <p class="small">${t("{at} 写的", { at: moment(madeAt) })}${liveAt ? ` · ${t("{at} 上线", { at: moment(liveAt) })}` : ""}</p>
    ${comment && html`<p class="wrong">${comment}</p>`}
    <p>${t("怎么进来")}：${t(ENTRIES[entry])}${entryFact ? html` <code>${entryFact}</code>` : ""}${goals.length ? html` · ${t("目标")}：<code>${goals.join(" ")}</code>` : ""}</p>
    <ol class="steps">${steps.map((step) => html`<li key=${step.key}><strong>${t(STEPS[step.kind])}</strong> <small><code>${step.key}</code></small><br />${said(step)}
      ${step.otherwise && html`<br /><small>${t("是 → {yes}；否 → {no}", { yes: step.then ?? t("结束"), no: step.otherwise })}</small>`}</li>`)}</ol>
    ${office() && html`<div class="row">${state === "IN_REVIEW" && html`<${Judge} approve=${ops.JourneysApprove} reject=${ops.JourneysReject} id=${id} rest=${{ number }} again=${again} />`}
      ${state === "APPROVED" && live !== number && html`<${Act} kind="main" run=${publish}>${t("上线这一版")}<//>`}</div>`}</section>
    ${office() && html`<${Rehearse} ops=${ops} id=${id} number=${number} />`}`;
}

// A step in the words of whoever reads it.
function said({ seconds, minute, days, text, tag, offerId, segmentId, templateId, fact, arms }) {
  const parts = [
    seconds && (seconds >= 86400 ? t("{n} 天", { n: Math.round(seconds / 86400) }) : seconds >= 3600 ? t("{n} 小时", { n: Math.round(seconds / 3600) }) : t("{n} 分钟", { n: Math.round(seconds / 60) })),
    days > 0 && t("{n} 天", { n: days }),
    minute > 0 && `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`,
    text, tag, offerId, segmentId, templateId, fact, arms.join(" / "),
  ];
  return parts.filter(Boolean).join(" · ");
}

// What this version would do for a segment as it is now; nobody hears of it.
function Rehearse({ ops, id, number }) {
  const segments = useAsk(ops.JourneysSegments);
  const [segment, setSegment] = useState("");
  const [result, setResult] = useState(null);
  async function rehearse() {
    const { audienceFreeze } = await ask(ops.JourneysFreeze, { segment });
    setResult((await ask(ops.JourneysRehearse, { id, number, audience: audienceFreeze.audience.id })).journeyDryRun);
  }
  return html`<section class="card stack"><h2>${t("试跑一遍")}</h2><p class="faint">${t("按这个人群现在的样子算一遍，不会打扰任何人。")}</p>
    <div class="row"><${Choice} label=${t("人群")} value=${segment} onChange=${setSegment} options=${[["", "—"], ...(segments.data?.segments ?? []).map((one) => [one.id, one.name])]} />
      <${Act} disabled=${!segment} run=${rehearse}>${t("试跑")}<//></div>
    ${result && html`<p>${t("问了 {asked} 位，{entered} 位会进来。", result)}</p>
      ${result.steps.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label=${t("每一步")}><table><thead><tr><th scope="col">${t("步骤")}</th><th scope="col" class="figure">${t("会做")}</th><th scope="col">${t("跳过")}</th></tr></thead>
        <tbody>${result.steps.map((one) => html`<tr key=${one.step}><th scope="row">${one.step}</th><td class="figure">${one.done}</td><td>${one.skipped.map((each) => `${each.why} ${each.runs}`).join("，") || "—"}</td></tr>`)}</tbody></table></div>`}
      <p class="small">${result.ends.map((one) => `${t(RUNS[one.state][0])} ${one.runs}`).join(" · ")}</p>`}</section>`;
}

function Unknown({ ops, id }) {
  return html`<section class="card stack"><h2>${t("不知道做没做成的")}</h2><${Pages} operation=${ops.JourneysUnknown} variables=${{ id }} of=${(data) => data.journeyUnknown} empty=${t("没有。")}>${(nodes) => html`<ul>${nodes.flatMap((one) => one.actions).map((one) => html`<li class="row apart" key=${`${one.runId}${one.step}`}><a href=${`/desk/journeys?tab=member&member=${one.memberId}`}>${one.memberId}</a><code>${one.step}</code></li>`)}</ul>`}<//></section>`;
}

function Member({ ops }) {
  const { member = "" } = here.value.query;
  const [typed, setTyped] = useState(member);
  const found = useAsk(ops.JourneysHistory, { id: member }, { skip: !member });
  return html`<form class="row" onSubmit=${(event) => (event.preventDefault(), go(withQuery({ member: typed.trim() })))}><${Input} label=${t("会员编号")} value=${typed} onInput=${setTyped} /><button type="submit" class="main">${t("找")}</button></form>
    ${member && html`<${Part} of=${found}>${({ journeyHistory: runs }) => (runs.length
      ? html`<ul class="stack">${runs.map((run) => html`<li class="card stack" key=${run.id}><div class="row apart"><a href=${`/desk/journeys/${run.journeyId}?version=${run.number}`}><strong>${run.journeyId}</strong> ${t("第 {n} 版", { n: run.number })}</a><${Badge} tone=${RUNS[run.state][1]}>${t(RUNS[run.state][0])}<//></div>
          <p class="small">${moment(run.enteredAt)}${run.endedAt ? ` – ${moment(run.endedAt)}` : ` · ${t("下一步 {step}，{at}", { step: run.step, at: moment(run.dueAt) })}`}${run.why ? ` · ${run.why}` : ""}</p>
          <ol class="steps">${run.records.map((one) => html`<li key=${`${one.step}${one.at}`}><code>${one.step}</code> ${t(OUTCOMES[one.outcome])} <small>${moment(one.at)}${one.why ? ` · ${one.why}` : ""}</small></li>`)}</ol></li>`)}</ul>`
      : html`<${Empty}>${t("这位会员还没走过旅程。")}<//>`)}<//>`}`;
}
