// Words in two languages: pages say them in Chinese, and this is how they read in English.
import { signal } from "./vendor/signals.js";

const KEY = "qianmian.language";
export const lang = signal(localStorage.getItem(KEY) ?? "zh");

export function speak(language) {
  localStorage.setItem(KEY, language);
  lang.value = language;
  fetchEnglish();
}

const english = signal({});

function fetchEnglish() {
  if (lang.value === "en") import("./english.js").then((found) => (english.value = found.default));
}
fetchEnglish();

// Words for a reader; {name} stands for a value.
export function t(words, values = {}) {
  const found = lang.value === "en" ? (english.value[words] ?? words) : words;
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// How a value of the schema's enums is called.
export const name = (value) => t(NAMES[value] ?? value ?? "");

export const NAMES = {
  VISITOR: "访客",
  MEMBER: "会员",
  GUIDE: "导购",
  EDITOR: "内容编辑",
  REVIEWER: "内容审核",
  STORE_MANAGER: "店长",
  HEAD_OFFICE: "总部",
  FEED: "系统对接",
  FRANCHISEE: "加盟商",
  REGION_MANAGER: "区域经理",
  TRAINER: "培训师",
  FINANCE: "财务",
  AVAILABLE: "可用",
  WITHDRAWN: "已撤下",
  DELETED: "已删除",
  EXPIRED: "已过期",
  IMAGE: "图片",
  VIDEO: "视频",
  SHARE_LINK: "分享链接",
  LAST_USED: "上次逛的店",
  NEAREST: "离您最近",
  REGION_DEFAULT: "城市默认店",
  BEST_MATCH: "综合",
  SALES: "销量",
  NEWEST: "最新",
  PRICE_UP: "价格从低到高",
  PRICE_DOWN: "价格从高到低",
  PICKUP: "自提",
  FITTING: "试衣",
  MADE_TO_MEASURE: "量身定制",
  PENDING: "下单中",
  PLACED: "待付款",
  PAID: "已付款",
  CANCELLED: "已取消",
  UNPAID: "待付款",
  PREPARING: "备货中",
  PART_DONE: "部分完成",
  DONE: "已完成",
  OPEN: "进行中",
  CLOSED: "已关闭",
  ROUTING: "正在找门店",
  OFFERED: "待接单",
  ACCEPTED: "已接单",
  HELD: "暂缓",
  READY: "待取货",
  SHIPPED: "已发货",
  HANDED_OVER: "已交付",
  UNCLAIMED: "未取走",
  REJECTED: "已拒绝",
  TIMED_OUT: "超时未接",
  UNASSIGNED: "无店可派",
  SPLIT: "已拆分",
};
