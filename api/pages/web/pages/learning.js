// Learning: the map of who learns, its lessons, and its exams with each answer kept as it is given.
import { ask } from "../ask.js";
import { Act, Badge, Empty, Filters, Head, Left, Part, Refusal, date, go, here, html, moment, t, tell, useAsk, useRef, useState } from "../kit.js";
import { name } from "../words.js";
import { Note } from "../note.js";

const TONES = { DONE: "good", OPEN: "info", NO_TRIES: "danger" };

export default function Learning({ ops, rest: [what, first, second] }) {
  if (what === "lesson") return html`<${Lesson} ops=${ops} course=${first} id=${second} />`;
  if (what === "exam") return html`<${Exam} key=${first} ops=${ops} id=${first} />`;
  return html`<${Map} ops=${ops} />`;
}

function Map({ ops }) {
  const { tab = "map" } = here.value.query;
  const found = useAsk(ops.Learning);
  return html`<${Head} title=${t("学习")} />
    <${Filters} name="tab" label=${t("看什么")} options=${[["map", t("学习地图")], ["certificates", t("我的证书")]]} />
    <${Part} of=${found}>${({ ownLearning: maps }) => {
      if (tab === "certificates") return html`<${Certificates} ops=${ops} stops=${maps.flatMap((one) => one.stops)} />`;
      if (!maps.length) return html`<${Empty}>${t("现在没有给您的课程。")}<//>`;
      return maps.map((one) => html`<section class="card stack" key=${one.map.course}><div class="row apart"><h2>${one.map.title}</h2>
          <small>${one.begunOn ? t("{date} 开始", { date: one.begunOn }) : ""}</small></div>
        ${one.begunOn
          ? html`<ol class="stack">${one.stops.map((stop) => html`<li class="stack" key=${stop.node.key}><${Stop} ops=${ops} course=${one.map.course} stop=${stop} /></li>`)}</ol>`
          : html`<${Act} kind="main" run=${() => ask(ops.LearningBegin, { course: one.map.course }).then(found.again)}>${t("开始学习")}<//>`}</section>`);
    }}<//>`;
}

function Stop({ ops, course, stop: { node, state, triesLeft, best, anewOn, attemptIds, readAgain } }) {
  const begin = () => ask(ops.LearningStart, { course, node: node.key }).then((data) => go(`/desk/learning/exam/${data.examStart.attempt.id}`));
  const last = attemptIds[attemptIds.length - 1];
  return html`<div class="row apart"><strong>${node.title}</strong><${Badge} tone=${TONES[state]}>${STATES[state] ? t(STATES[state]) : name(state)}<//></div>
    ${node.examId && best != null && html`<p class="small">${t("最好成绩 {n} 分", { n: best })}</p>`}
    ${node.examId && state === "OPEN" && html`<p class="small">${t("还能考 {n} 次", { n: triesLeft })}</p>`}
    ${anewOn && state !== "OPEN" && html`<p class="small">${t("次数用完了，{date} 起可以重考", { date: anewOn })}</p>`}
    ${state === "LEARN_AGAIN" && html`<p>${t("再读一遍就能重考：")}</p><ul class="stack">${readAgain.map((one) => html`<li key=${one.id}><a class="button" href=${`/desk/learning/lesson/${course}/${one.id}`}>${one.revision.title}</a></li>`)}</ul>`}
    <div class="row">
      ${node.postId && ["OPEN", "DONE"].includes(state) && html`<a class=${`button${state === "OPEN" ? " main" : ""}`} href=${`/desk/learning/lesson/${course}/${node.postId}`}>${state === "OPEN" ? t("去读") : t("再看看")}</a>`}
      ${node.examId && state === "OPEN" && html`<${Act} kind="main" run=${begin}>${t("开始考试")}<//>`}
      ${last && html`<a class="button" href=${`/desk/learning/exam/${last}`}>${t("看这次考试")}</a>`}</div>`;
}

// What a stop waits for, in words of who walks the map.
const STATES = { OPEN: "可以开始", BEFORE: "先完成前面的", DAY: "还没到开放的日子", MANAGER: "等店长先通过", LEARN_AGAIN: "先把错的再读一遍", NO_TRIES: "次数用完了" };

function Certificates({ ops, stops }) {
  const passed = stops.filter((one) => one.node.examId && one.state === "DONE");
  if (!passed.length) return html`<${Empty}>${t("还没有证书。通过考试就有。")}<//>`;
  return html`<ul class="stack">${passed.map((one) => html`<li class="card stack" key=${one.node.key}><${Certificate} ops=${ops} ids=${one.attemptIds} title=${one.node.title} /></li>`)}</ul>`;
}

function Certificate({ ops, ids, title }) {
  const found = useAsk(ops.LearningAttempt, { id: ids[ids.length - 1] });
  return html`<${Part} of=${found}>${({ ownExam: { exam, marks } }) => {
    const mark = marks[marks.length - 1];
    return html`<div class="row apart"><strong>${exam.title || title}</strong>${mark?.passed && html`<${Badge} tone="good">${t("已通过")}<//>`}</div>
      <p class="small">${exam.certificate ?? t("这场考试不发证书")}${mark ? ` · ${t("{date} 考取，{n} 分", { date: date(mark.at), n: mark.percent })}` : ""}${exam.months ? ` · ${t("有效 {n} 个月", { n: exam.months })}` : ""}</p>`;
  }}<//>`;
}

function Lesson({ ops, course, id }) {
  const found = useAsk(ops.LearningLesson, { id });
  const done = () => ask(ops.LearningRead, { course, id }).then(() => (tell(t("记下了：读完了")), go("/desk/learning")));
  return html`<${Part} of=${found}>${({ post }) => html`<${Head} title=${post.revision.title} back="/desk/learning" />
    <${Note} content=${post.revision} /><${Act} kind="main" run=${done}>${t("读完了")}<//>`}<//>`;
}

// Each answer is kept by the service as it is given, so nothing is lost with the page.
function Exam({ ops, id }) {
  const found = useAsk(ops.LearningAttempt, { id });
  // What is on its way for each question; it is handed in once all of it has come, or tells why not.
  const sent = useRef({});
  const inTime = (fault) => {
    if (fault.code !== "WRONG_STATE") throw fault; // else it has ended, and is marked with what came before
  };
  const handIn = () => Promise.all(Object.values(sent.current).map((one) => one.catch(inTime))).then(() => ask(ops.LearningHandIn, { id })).then((data) => found.change(() => ({ ownExam: data.examHandIn.attempt })));
  const kept = (question, chosen) => found.change(({ ownExam: old }) => ({ ownExam: { ...old, questions: old.questions.map((one) => (one.id === question ? { ...one, chosen } : one)) } }));
  return html`<${Part} of=${found}>${({ ownExam: one }) => html`<${Head} title=${one.exam.title} back="/desk/learning">
      ${one.state === "OPEN" && html`<${Left} until=${one.deadline} />`}<//>
    ${one.late && html`<p class="notice">${t("开始得晚了，只算一部分分。")}</p>`}
    ${one.marks.map((mark) => html`<section class="card stack" key=${mark.at}><div class="row apart"><strong>${t("{n} 分", { n: mark.percent })}</strong>
        <${Badge} tone=${mark.passed ? "good" : "danger"}>${mark.passed ? t("已通过") : t("没通过")}<//></div>
      <p class="small">${moment(mark.at)}${mark.reason ? ` · ${mark.reason}` : ""} · ${t("{n} 分通过", { n: one.exam.passPercent })}</p>
      <ul>${mark.topics.map((each) => html`<li class="row apart" key=${each.topic}><span>${each.topic}</span><b>${each.right} / ${each.asked}</b></li>`)}</ul></section>`)}
    <ol class="stack">${one.questions.map((question, place) => html`<li class="card" key=${question.id}><${Question} ops=${ops} id=${id} number=${place + 1} question=${question} open=${one.state === "OPEN"} sent=${sent} kept=${kept} /></li>`)}</ol>
    ${one.state === "OPEN" && html`<p class="faint">${t("答了 {n} / {all} 题，每答一题就存下了。", { n: one.questions.filter((each) => each.chosen.length).length, all: one.questions.length })}</p>
      <${Act} kind="main" run=${handIn}>${t("交卷")}<//>`}`}<//>`;
}

function Question({ ops, id, number, question, open, sent, kept }) {
  const [waiting, setWaiting] = useState(null);
  const [fault, setFault] = useState(null);
  const chosen = waiting ?? question.chosen;
  async function choose(option, ticked) {
    const options = question.several ? (ticked ? [...chosen, option] : chosen.filter((one) => one !== option)) : [option];
    setWaiting(options);
    if (!options.length) return;
    setFault(null);
    // One after the other, so that the last of quick taps is what is kept.
    const before = sent.current[question.id]?.catch(() => {}) ?? Promise.resolve();
    const mine = before.then(() => ask(ops.LearningAnswer, { id, question: question.id, options }));
    sent.current[question.id] = mine;
    try {
      await mine;
      kept(question.id, options);
      if (sent.current[question.id] === mine) setWaiting(null);
    } catch (found) {
      if (sent.current[question.id] === mine) setFault(found);
    }
  }
  return html`<fieldset class="boxes column" disabled=${!open}><legend>${number}. ${question.text} ${question.several && html`<small>${t("多选")}</small>`}</legend>
    ${question.options.map((one) => html`<label key=${one.number}><input type=${question.several ? "checkbox" : "radio"} name=${question.id} checked=${chosen.includes(one.number)}
      onChange=${(event) => choose(one.number, event.target.checked)} />${one.text}</label>`)}
    <${Refusal} fault=${fault} again=${() => choose(chosen[chosen.length - 1], true)} compact /></fieldset>`;
}
