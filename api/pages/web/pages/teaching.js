// What is taught and asked: maps, exams, questions, their review, and what came of each exam by topic.
import { ask, newKey, session } from "../ask.js";
import { Act, Area, Badge, Choice, Dialog, Empty, Filters, Head, Input, Judge, Pages, Part, VERSION_TONES, here, html, t, tell, useAsk, useMemo, useState } from "../kit.js";
import { name } from "../words.js";

const OPTIONS = 4;
// What may be written on each list, under the words of its button.
const WRITES = { exams: "出一份试卷", questions: "出一道题", maps: "画一张地图" };
const LEARNERS = ["GUIDE", "STORE_MANAGER", "REGION_MANAGER"];

export default function Teaching({ ops, rest: [what, exam] }) {
  const { tab = "exams" } = here.value.query;
  const [writing, setWriting] = useState("");
  const close = () => setWriting("");
  if (what === "results") return html`<${Results} ops=${ops} id=${exam} />`;
  const mayWrite = session.value.viewer.role !== "REVIEWER";
  return html`<${Head} title=${t("培训")}>${mayWrite && html`<button type="button" class="main" onClick=${() => setWriting(tab)}>${t(WRITES[tab])}</button>`}<//>
    <${Filters} name="tab" label=${t("看什么")} options=${[["exams", t("试卷")], ["questions", t("题库")], ["maps", t("学习地图")]]} />
    ${tab === "exams" && html`<${Exams} key=${writing} ops=${ops} />`}
    ${tab === "questions" && html`<${Questions} key=${writing} ops=${ops} />`}
    ${tab === "maps" && html`<${Maps} key=${writing} ops=${ops} />`}
    ${writing === "exams" && html`<${NewExam} ops=${ops} close=${close} />`}
    ${writing === "questions" && html`<${NewQuestion} ops=${ops} close=${close} />`}
    ${writing === "maps" && html`<${NewMap} ops=${ops} close=${close} />`}`;
}

function Item({ title, state, comment, children }) {
  return html`<div class="row apart"><strong>${title}</strong><${Badge} tone=${VERSION_TONES[state]}>${name(state)}<//></div>
    ${children}
    ${comment && html`<p class="wrong">${comment}</p>`}`;
}

function Exams({ ops }) {
  return html`<${Pages} operation=${ops.TeachingExams} of=${(data) => data.exams} empty=${t("还没有试卷。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}><${Item} ...${one}>
    <p class="small">${t("{n} 题", { n: one.topics.reduce((sum, each) => sum + each.questions, 0) })} · ${t("{n} 分通过", { n: one.passPercent })} · ${t("{n} 分钟", { n: one.minutes })} · ${t("能考 {n} 次", { n: one.tries })}${one.managersFirst ? ` · ${t("店长先考")}` : ""}${one.certificate ? ` · ${t("证书 {code}", { code: one.certificate })}` : ""}</p>
    <div class="row">${one.state === "APPROVED" && html`<a class="button" href=${`/desk/teaching/results/${one.id}`}>${t("看结果")}</a>`}
      ${one.state === "IN_REVIEW" && html`<${Judge} approve=${ops.TeachingExamApprove} reject=${ops.TeachingExamReject} id=${one.id} again=${again} />`}</div><//></li>`)}</ul>`}<//>`;
}

function Questions({ ops }) {
  const topics = useAsk(ops.TeachingTopics);
  const called = (id) => topics.data?.learningTopics.find((one) => one.id === id)?.name ?? id;
  return html`<${Pages} operation=${ops.TeachingQuestions} of=${(data) => data.questions} empty=${t("题库还是空的。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}><${Item} title=${one.text} state=${one.state} comment=${one.comment}>
    <p class="small">${called(one.topicId)}${one.rescoring ? ` · ${t("改过答案，正在重新算分")}` : ""}</p>
    <ol>${one.options.map((words, place) => html`<li key=${words} class="row"><span>${words}</span>${one.right.includes(place) && html`<${Badge} tone="good">${t("对")}<//>`}</li>`)}</ol>
    ${one.state === "IN_REVIEW" && html`<div class="row"><${Judge} approve=${ops.TeachingQuestionApprove} reject=${ops.TeachingQuestionReject} id=${one.id} again=${again} /></div>`}<//></li>`)}</ul>`}<//>`;
}

function Maps({ ops }) {
  return html`<${Pages} operation=${ops.TeachingMaps} of=${(data) => data.learningMaps} empty=${t("还没有学习地图。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}><${Item} ...${one}>
    <p class="small">${name(one.role)}${one.startsOn ? ` · ${t("{date} 开始", { date: one.startsOn })}` : ""} · ${one.nodes.map((each) => each.title).join(" → ")}</p>
    ${one.state === "IN_REVIEW" && html`<div class="row"><${Judge} approve=${ops.TeachingMapApprove} reject=${ops.TeachingMapReject} id=${one.id} again=${again} /></div>`}<//></li>`)}</ul>`}<//>`;
}

// By topic in all stores together, the worst first; then each store's attempts.
function Results({ ops, id }) {
  const found = useAsk(ops.TeachingResults, { id });
  const topics = useAsk(ops.TeachingTopics);
  const called = (topic) => topics.data?.learningTopics.find((one) => one.id === topic)?.name ?? topic;
  const share = (one) => (one.asked ? Math.round((100 * one.right) / one.asked) : 0);
  return html`<${Head} title=${t("考试结果")} back="/desk/teaching" />
    <${Part} of=${found}>${({ examResults: rows }) => {
      if (!rows.length) return html`<${Empty}>${t("还没有人考过。")}<//>`;
      const byTopic = Object.values(rows.filter((one) => one.topic !== null).reduce((sums, one) => {
        const sum = sums[one.topic] ?? { topic: one.topic, asked: 0, right: 0 };
        return { ...sums, [one.topic]: { ...sum, asked: sum.asked + one.asked, right: sum.right + one.right } };
      }, {})).sort((a, b) => share(a) - share(b));
      return html`<${Table} label=${t("按知识点")} heads=${[t("知识点"), t("问了"), t("答对"), "%"]} rows=${byTopic.map((one) => [called(one.topic), one.asked, one.right, share(one)])} />
        <${Table} label=${t("按门店")} heads=${[t("门店"), t("考了"), t("通过"), "%"]} rows=${rows.filter((one) => one.topic === null).map((one) => [one.storeId, one.asked, one.right, share(one)])} />`;
    }}<//>`;
}

function Table({ label, heads, rows }) {
  return html`<section class="card stack"><h2>${label}</h2><div class="scroll" tabindex="0" role="region" aria-label=${label}><table>
    <thead><tr>${heads.map((one, place) => html`<th scope="col" key=${one} class=${place ? "figure" : ""}>${one}</th>`)}</tr></thead>
    <tbody>${rows.map(([first, ...others]) => html`<tr key=${first}><th scope="row">${first}</th>${others.map((one) => html`<td class="figure">${one}</td>`)}</tr>`)}</tbody></table></div></section>`;
}

function NewQuestion({ ops, close }) {
  const topics = useAsk(ops.TeachingTopics);
  const [topicId, setTopic] = useState("");
  const [text, setText] = useState("");
  const [options, setOptions] = useState(Array(OPTIONS).fill(""));
  const [right, setRight] = useState([]);
  // Options that are left empty are none; the numbers of the right ones count those that stay.
  const said = options.map((words, place) => ({ words: words.trim(), right: right.includes(place) })).filter((one) => one.words);
  const input = { topicId, text, options: said.map((one) => one.words), right: said.flatMap((one, place) => (one.right ? [place] : [])) };
  const key = useMemo(newKey, [topicId, text, options, right]);
  const save = () => ask(ops.TeachingAsk, { input, key }).then(() => (tell(t("题目送审了")), close()));
  return html`<${Dialog} title=${t("出一道题")} onClose=${close}>
    <${Choice} label=${t("知识点")} value=${topicId} onChange=${setTopic} options=${[["", "—"], ...(topics.data?.learningTopics ?? []).map((one) => [one.id, one.name])]} />
    <${Area} label=${t("题目")} value=${text} onInput=${setText} rows=2 />
    ${options.map((words, place) => html`<div class="row" key=${place}><${Input} label=${t("选项 {n}", { n: place + 1 })} value=${words} onInput=${(value) => setOptions(options.map((one, other) => (other === place ? value : one)))} />
      <label class="row"><input type="checkbox" checked=${right.includes(place)} onChange=${(event) => setRight(event.target.checked ? [...right, place] : right.filter((one) => one !== place))} />${t("对")}</label></div>`)}
    <${Act} kind="main" disabled=${!topicId || !text.trim() || !input.right.length || said.length < 2} run=${save}>${t("送审")}<//>
  <//>`;
}

function NewExam({ ops, close }) {
  const topics = useAsk(ops.TeachingTopics);
  const [form, set] = useState({ title: "", passPercent: "60", tries: "3", minutes: "20", certificate: "", managersFirst: true, counts: {} });
  const put = (field) => (value) => set({ ...form, [field]: value });
  const { title, passPercent, tries, minutes, certificate, managersFirst, counts } = form;
  const asked = Object.entries(counts).map(([topic, many]) => ({ topic, questions: Number(many) })).filter((one) => one.questions > 0);
  const input = { title, topics: asked, passPercent: Number(passPercent), tries: Number(tries), minutes: Number(minutes), certificate: certificate.trim(), managersFirst };
  const key = useMemo(newKey, [form]);
  const save = () => ask(ops.TeachingExam, { input, key }).then(() => (tell(t("试卷送审了")), close()));
  return html`<${Dialog} title=${t(WRITES.exams)} onClose=${close}>
    <${Input} label=${t("名字")} value=${title} onInput=${put("title")} />
    <${Part} of=${topics}>${({ learningTopics: all }) => all.map((one) => html`<${Input} key=${one.id} label=${t("{name}：几道题", { name: one.name })} value=${counts[one.id] ?? ""} inputmode="numeric"
      onInput=${(many) => put("counts")({ ...counts, [one.id]: many })} />`)}<//>
    <${Input} label=${t("多少分通过")} value=${passPercent} onInput=${put("passPercent")} inputmode="numeric" />
    <${Input} label=${t("考多少分钟")} value=${minutes} onInput=${put("minutes")} inputmode="numeric" />
    <${Input} label=${t("能考几次")} value=${tries} onInput=${put("tries")} inputmode="numeric" />
    <${Input} label=${t("证书代号（可不填）")} value=${certificate} onInput=${put("certificate")} />
    <label class="row"><input type="checkbox" checked=${managersFirst} onChange=${(event) => put("managersFirst")(event.target.checked)} />${t("店长先考")}</label>
    <${Act} kind="main" disabled=${!title.trim() || !asked.length} run=${save}>${t("送审")}<//>
  <//>`;
}

// Stops come one after the other: a lesson of a topic to read, or an exam to pass, each from its day on.
function NewMap({ ops, close }) {
  const found = useAsk(ops.TeachingStops);
  const [form, set] = useState({ title: "", role: "GUIDE", startsOn: "", stops: [{ what: "", day: "0" }] });
  const put = (field) => (value) => set({ ...form, [field]: value });
  const { title, role, startsOn, stops } = form;
  const lessons = [...new Map((found.data?.learningTopics ?? []).flatMap((one) => one.posts).map((one) => [one.id, one])).values()];
  const choices = [["", "—"], ...lessons.map((one) => [`post:${one.id}`, t("读：{title}", { title: one.revision.title }), one.revision.title]), ...(found.data?.exams.nodes ?? []).map((one) => [`exam:${one.id}`, t("考：{title}", { title: one.title }), one.title])];
  const change = (place, field) => (value) => put("stops")(stops.map((one, other) => (other === place ? { ...one, [field]: value } : one)));
  const nodes = stops.filter((one) => one.what).map(({ what, day }, place) => {
    const [kind, ...rest] = what.split(":");
    const [, , called] = choices.find(([value]) => value === what);
    return { key: `stop-${place + 1}`, title: called.slice(0, 60), [kind === "post" ? "postId" : "examId"]: rest.join(":"), after: place ? [`stop-${place}`] : [], opensDay: Number(day) };
  });
  const key = useMemo(newKey, [form]);
  const save = () => ask(ops.TeachingMap, { input: { title, role, startsOn: startsOn || null, nodes }, key }).then(() => (tell(t("地图送审了")), close()));
  return html`<${Dialog} title=${t(WRITES.maps)} onClose=${close}>
    <${Input} label=${t("名字")} value=${title} onInput=${put("title")} />
    <${Choice} label=${t("给谁学")} value=${role} onChange=${put("role")} options=${LEARNERS.map((one) => [one, name(one)])} />
    <${Input} label=${t("第一天（不填就从各人开始那天算）")} type="date" value=${startsOn} onInput=${put("startsOn")} />
    ${stops.map((one, place) => html`<div class="row" key=${place}><${Choice} label=${t("第 {n} 站", { n: place + 1 })} value=${one.what} onChange=${change(place, "what")} options=${choices} />
      <${Input} label=${t("几天后开放")} value=${one.day} onInput=${change(place, "day")} inputmode="numeric" /></div>`)}
    <button type="button" onClick=${() => put("stops")([...stops, { what: "", day: "0" }])}>${t("加一站")}</button>
    <${Act} kind="main" disabled=${!title.trim() || !nodes.length} run=${save}>${t("送审")}<//>
  <//>`;
}
