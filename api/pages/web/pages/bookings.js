// Bookings: who comes to the store on a day, to whom, and whether they came.
import { ask, session } from "../ask.js";
import { Act, Badge, Filters, Head, Input, Pages, clock, go, here, html, moment, t, tell, today, withQuery } from "../kit.js";
import { name } from "../words.js";

const TONES = { ARRIVED: "good", NO_SHOW: "danger", BOOKED: "info" };

export default function Bookings({ ops }) {
  const store = session.value.viewer.storeId;
  const { day = today(), only } = here.value.query;
  return html`<${Head} title=${t("预约")} />
    <div class="form"><${Input} label=${t("哪一天")} type="date" value=${day} onInput=${(value) => value && go(withQuery({ day: value }), { replace: true })} /></div>
    <${Filters} name="only" label=${t("哪些")} options=${[[null, t("全部")], ["displaced", t("要改期的")]]} />
    <${Pages} operation=${ops.Bookings} variables=${{ store, day, displaced: only === "displaced" }} of=${(data) => data.storeBookings}
      empty=${only ? t("没有要改期的预约。") : t("这一天还没有预约。")}>${(nodes, again) => html`<ol class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}><${Booking} one=${one} ops=${ops} again=${again} /></li>`)}</ol>`}<//>`;
}

function Booking({ one, ops, again }) {
  const act = (operation, words) => () => ask(operation, { id: one.id }).then(() => (tell(words), again()));
  return html`<div class="row apart"><strong>${clock(one.startsAt)}–${clock(one.endsAt)} · ${one.service.name}</strong>
      <span class="row">${one.displacedAt && html`<${Badge} tone="warn">${t("排班变了，要改期")}<//>`}<${Badge} tone=${TONES[one.state]}>${name(one.state)}<//></span></div>
    <p class="small">${t("顾问")} ${one.advisor?.name ?? "—"} · ${t("会员")} ${one.memberId}${one.arrivedAt ? ` · ${t("{at} 到店", { at: moment(one.arrivedAt) })}` : ""}</p>
    ${one.state === "BOOKED" && html`<div class="row"><${Act} kind="main" run=${act(ops.BookingsArrive, t("记下了：已到店"))}>${t("到店了")}<//>
      <${Act} run=${act(ops.BookingsNoShow, t("记下了：没来"))}>${t("没来")}<//>
      <${Act} kind="harm" run=${act(ops.BookingsCancel, t("已取消"))}>${t("取消预约")}<//></div>`}`;
}
