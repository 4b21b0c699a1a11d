// The calendar: what goes on show when, by month or week; dates are moved by drag, or by a tap and a field.
import { ask } from "../ask.js";
import { Act, Badge, Dialog, Empty, Filters, Head, Input, Part, Refusal, clock, go, here, html, moment, t, tell, today, useAsk, useSignalLater, useState, withQuery } from "../kit.js";
import { lang, name } from "../words.js";

const DAY = 86400000;
// What a day of a month shows at most; its week shows all.
const MOST = 4;
// Days are China's, by their names such as 2026-11-28; noon keeps sums of days clear of midnight.
const noon = (day) => new Date(`${day}T12:00:00+08:00`).getTime();
const dayOf = (at) => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date(at));
const plus = (day, days) => dayOf(noon(day) + days * DAY);
const midnight = (day) => `${day}T00:00:00+08:00`;
const weekday = (day) => (new Date(noon(day)).getUTCDay() + 6) % 7;
// A moment as a field of a form has it, and back.
const asField = (at) => (at ? `${dayOf(at)}T${clock(at)}` : "");
const asMoment = (value) => (value ? `${value}:00+08:00` : null);

export function daysShown(view, day) {
  const first = view === "week" ? day : `${day.slice(0, 7)}-01`;
  const start = plus(first, -weekday(first));
  const last = view === "week" ? plus(start, 6) : plus(`${plus(first, 31).slice(0, 7)}-01`, -1);
  const count = Math.ceil((noon(last) - noon(start)) / DAY + 1);
  return Array.from({ length: Math.ceil(count / 7) * 7 }, (_, place) => plus(start, place));
}

export default function Calendar({ ops }) {
  const { view = "month", day = today() } = here.value.query;
  const days = daysShown(view, day);
  const since = midnight(days[0]);
  const until = midnight(plus(days[days.length - 1], 1));
  const posts = useAsk(ops.Calendar, { since, until });
  const campaigns = useAsk(ops.CalendarCampaigns, { before: midnight(plus(days[0], -92)) });
  const [open, setOpen] = useState(null);
  const [fault, setFault] = useState(null);
  const again = () => (posts.again(), campaigns.again());
  const beside = (way) => (view === "week" ? plus(day, 7 * way) : plus(`${day.slice(0, 7)}-15`, 30 * way));
  const title = new Intl.DateTimeFormat(lang.value === "en" ? "en-GB" : "zh-CN", { timeZone: "Asia/Shanghai", year: "numeric", month: "long" }).format(noon(day));

  // The hour stays; what is refused goes back to where it was, and says why.
  async function move(what, to) {
    setFault(null);
    if (dayOf(what.at) === to) return;
    const at = new Date(new Date(what.at).getTime() + noon(to) - noon(dayOf(what.at))).toISOString();
    const shifted = (end) => end && new Date(new Date(end).getTime() + new Date(at) - new Date(what.at)).toISOString();
    const sent = what.campaign
      ? ask(ops.CalendarMove, { id: what.campaign.id, startsAt: at, endsAt: shifted(what.campaign.endsAt) })
      : ask(ops.CalendarSchedule, { id: what.post.id, publishAt: at, retireAt: what.post.schedule.retireAt });
    await sent.then(() => tell(t("已移到 {day}", { day: to })), setFault);
    again();
  }
  return html`<${Head} title=${t("日历")}><button type="button" onClick=${() => setOpen({ planning: true })}>＋ ${t("新活动")}</button><//>
    <div class="row apart"><${Filters} name="view" label=${t("看多久")} options=${[["month", t("月")], ["week", t("周")]]} />
      <nav class="row" aria-label=${t("哪一段")}><a class="button" href=${withQuery({ day: beside(-1) })} aria-label=${t("往前")}>‹</a>
        <strong role="status">${title}</strong><a class="button" href=${withQuery({ day: beside(1) })} aria-label=${t("往后")}>›</a>
        <a class="button" href=${withQuery({ day: null })}>${t("今天")}</a></nav></div>
    <${Refusal} fault=${fault} />
    <${Part} of=${campaigns}>${(planned) => html`<${Part} of=${posts}>${(found) => html`
      <${Days} days=${days} view=${view} month=${day.slice(0, 7)} items=${items(found.posts.nodes, planned.campaigns.nodes)} move=${move} open=${setOpen} />
      ${found.posts.totalCount > 100 && html`<p class="small">${t("只显示了 {n} 篇里的 100 篇，请按周看。", { n: found.posts.totalCount })}</p>`}
      ${open && html`<${Opened} what=${open} ops=${ops} campaigns=${planned.campaigns.nodes} close=${() => setOpen(null)} again=${again} />`}`}<//>`}<//>`;
}

// What stands on the calendar, each with its moment; posts of a campaign stand with it.
function items(posts, campaigns) {
  const own = posts.flatMap((post) => {
    if (post.schedule?.inCampaign) return [];
    const shown = post.showings.map((one) => ({ post, at: one.startsAt, key: post.id + one.startsAt, fixed: new Date(one.startsAt) <= Date.now() }));
    const at = post.schedule?.publishAt;
    const planned = at && !post.showings.some((one) => one.startsAt === at);
    return planned ? [...shown, { post, at, key: `${post.id}planned` }] : shown;
  });
  const together = campaigns.filter((one) => one.state !== "CANCELLED").map((campaign) => ({ campaign, at: campaign.startsAt, until: campaign.endsAt, key: campaign.id, fixed: campaign.state !== "PLANNED" }));
  return [...together, ...own].sort((one, other) => (one.at < other.at ? -1 : 1));
}

function Days({ days, view, month, items: all, move, open }) {
  const [dragged, drag] = useState(null);
  const [over, setOver] = useState(null);
  const names = days.slice(0, 7).map((day) => new Intl.DateTimeFormat(lang.value === "en" ? "en-GB" : "zh-CN", { weekday: "short", timeZone: "Asia/Shanghai" }).format(noon(day)));
  const now = today();
  const drop = (day) => (event) => {
    event.preventDefault();
    setOver(null);
    if (dragged) move(dragged, day);
    drag(null);
  };
  return html`<div class=${`days ${view}`}>${names.map((one) => html`<span class="faint weekday" aria-hidden="true">${one}</span>`)}
    ${days.map((day, place) => {
      const here = all.filter((one) => dayOf(one.at) === day);
      const running = all.filter((one) => one.campaign && dayOf(one.at) < day && one.until && dayOf(new Date(one.until) - 1) >= day);
      return html`<section key=${day} class=${`day${day === now ? " now" : ""}${day < now ? " past" : ""}${view === "month" && !day.startsWith(month) ? " other" : ""}${over === day ? " over" : ""}`} aria-label=${`${day} ${names[place % 7]}`}
          onDragOver=${(event) => dragged && day >= now && (event.preventDefault(), setOver(day))} onDragLeave=${() => setOver(null)} onDrop=${drop(day)}>
        <h2><span>${Number(day.slice(8))}</span>${view === "week" || place % 7 === 0 || here.length ? html`<small class="named">${names[place % 7]}</small>` : null}</h2>
        ${running.map((one) => html`<button type="button" key=${one.key} class="event campaign going" onClick=${() => open(one)}><span class="unseen">${t("进行中：")}</span>${one.campaign.name}</button>`)}
        ${here.slice(0, view === "week" ? here.length : MOST).map((one) => html`<${Event} key=${one.key} one=${one} drag=${drag} open=${open} />`)}
        ${view !== "week" && here.length > MOST ? html`<a class="small" href=${withQuery({ view: "week", day })}>${t("还有 {n} 项", { n: here.length - MOST })}</a>` : null}
      </section>`;
    })}</div>`;
}

function Event({ one, drag, open }) {
  const { post, campaign } = one;
  const waits = campaign ? campaign.posts.some((it) => !it.ready) : post.state !== "APPROVED";
  return html`<button type="button" class=${`event${campaign ? " campaign" : ""}${waits ? " waits" : ""}`} draggable=${!one.fixed}
      onDragStart=${(event) => (event.dataTransfer.setData("text/plain", one.key), drag(one))} onDragEnd=${() => drag(null)} onClick=${() => open(one)}>
    <small>${clock(one.at)}</small> ${campaign ? `${campaign.name} ${campaign.posts.filter((it) => it.ready).length}/${campaign.posts.length}` : post.revision.title}${waits && html`<small class="state">${campaign ? t("没备齐") : name(post.state)}</small>`}</button>`;
}

function Opened({ what, ops, campaigns, close, again }) {
  const done = (words) => (tell(words), again(), close());
  if (what.planning) return html`<${Dialog} title=${t("新活动")} onClose=${close}><${Times} named save=${(input) => ask(ops.CalendarPlan, input).then(() => done(t("已排上")))} /><//>`;
  if (what.post) {
    const { post } = what;
    return html`<${Dialog} title=${post.revision.title} onClose=${close}><p class="row"><${Badge}>${name(post.state)}<//><a href=${`/desk/posts/${post.id}`}>${t("打开这篇内容")}</a></p>
      ${what.fixed ? html`<p>${t("{at} 起展示。", { at: moment(what.at) })}</p>` : null}
      <${Times} startsAt=${what.at} endsAt=${post.schedule?.retireAt} fixed=${what.fixed}
        save=${({ startsAt, endsAt }) => ask(ops.CalendarSchedule, { id: post.id, publishAt: what.fixed ? null : startsAt, retireAt: endsAt }).then(() => done(t("已改好")))} /><//>`;
  }
  // As it is now, after each change of its posts.
  const campaign = campaigns.find((one) => one.id === what.campaign.id) ?? what.campaign;
  return html`<${Dialog} wide title=${campaign.name} onClose=${close}><p class="row"><${Badge}>${t(STATES[campaign.state])}<//>${moment(campaign.startsAt)} – ${campaign.endsAt ? moment(campaign.endsAt) : t("不下架")}</p>
    <${Lines} campaign=${campaign} ops=${ops} again=${again} />
    ${campaign.state === "PLANNED" && html`<${Times} key=${campaign.startsAt} startsAt=${campaign.startsAt} endsAt=${campaign.endsAt} save=${({ startsAt, endsAt }) => ask(ops.CalendarMove, { id: campaign.id, startsAt, endsAt }).then(() => done(t("已改好")))} />
      <${Act} kind="harm" run=${() => ask(ops.CalendarCancel, { id: campaign.id }).then(() => done(t("已取消")))}>${t("取消活动")}<//>`}<//>`;
}

const STATES = { PLANNED: "还没开始", RUNNING: "正在进行", ENDED: "已经结束", CANCELLED: "已取消" };

function Lines({ campaign, ops, again }) {
  const open = campaign.state === "PLANNED";
  const [typed, setTyped] = useState("");
  const text = useSignalLater(typed.trim(), 300) || null;
  const found = useAsk(ops.CalendarPosts, { text }, { skip: !open });
  const there = campaign.posts.map((one) => one.postId);
  const more = (found.data?.posts.nodes ?? []).filter((one) => !there.includes(one.id) && !one.schedule?.inCampaign && one.state !== "WITHDRAWN").slice(0, 6);
  return html`<h3>${t("一起上架的内容")}</h3>
    ${campaign.posts.length ? html`<ul class="stack">${campaign.posts.map((one) => html`<li class="row apart" key=${one.postId}><span class="grow">${one.post?.revision.title ?? one.postId}</span>
        ${one.ready ? html`<${Badge} tone="good">${t("准备好了")}<//>` : html`<${Badge} tone="warn">${one.post ? name(one.post.state) : t("没备齐")}<//>`}
        ${open && html`<${Act} run=${() => ask(ops.CalendarRemove, { id: campaign.id, post: one.postId }).then(again)}>${t("移出")}<//>`}</li>`)}</ul>`
      : html`<p class="faint">${t("还没有内容。")}</p>`}
    ${open && html`<input type="search" aria-label=${t("搜索内容")} placeholder=${t("搜索内容")} value=${typed} onInput=${(event) => setTyped(event.target.value)} />
      ${found.data && !more.length && html`<${Empty}>${t("没有符合的内容。")}<//>`}
      <ul class="stack">${more.map((one) => html`<li class="row apart" key=${one.id}><span class="grow">${one.revision.title} <small>${name(one.state)}</small></span><${Act} run=${() => ask(ops.CalendarAdd, { id: campaign.id, post: one.id }).then(again)}>${t("加进来")}<//></li>`)}</ul>`}`;
}

function Times({ named = false, fixed = false, startsAt, endsAt, save }) {
  const [title, setTitle] = useState("");
  const [from, setFrom] = useState(asField(startsAt));
  const [to, setTo] = useState(asField(endsAt));
  return html`<div class="form">
    ${named && html`<${Input} wide label=${t("活动名称")} value=${title} onInput=${setTitle} maxlength="60" />`}
    ${!fixed && html`<${Input} label=${t("上架（北京时间）")} type="datetime-local" value=${from} onInput=${setFrom} />`}
    <${Input} label=${t("下架（北京时间）")} type="datetime-local" value=${to} onInput=${setTo} />
  </div>
  <${Act} kind="main" disabled=${(named && !title.trim()) || (!fixed && !from)} run=${() => save({ ...(named ? { name: title.trim() } : {}), startsAt: asMoment(from), endsAt: asMoment(to) })}>${t("保存")}<//>`;
}
