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
  MOMENTS: "朋友圈",
  COMMUNITY: "社群",
  ONE_TO_ONE: "一对一",
  IN_STORE: "店内",
  SEEDING_ZONE: "种草专区",
  DRAFT: "草稿",
  IN_REVIEW: "审核中",
  APPROVED: "已通过",
  SUPERSEDED: "已有新版",
  MATERIAL: "导购素材",
  BRAND_NOTE: "品牌笔记",
  BUYER_SHOW: "买家秀",
  ADAPTATION: "门店改编",
  NOT_ON_SHELF: "货架上没有",
  DAMAGED: "残次",
  TOO_BUSY: "忙不过来",
  OTHER: "其他",
  BRAND: "全国",
  REGION: "城市",
  STORE: "本店",
  BannerModule: "横幅",
  ProductShelfModule: "商品货架",
  ContentShelfModule: "内容货架",
  CountdownModule: "倒计时",
  GuideCardModule: "导购名片",
  StoreCardModule: "门店名片",
  NoticeModule: "公告",
  CouponSlotModule: "优惠券",
  POST: "内容",
  PRODUCT: "商品",
  STOREFRONT: "店铺",
  CAMPAIGN: "活动",
  COUNTED: "盘点",
  SOLD: "售出",
  ADJUSTED: "调整",
  SAFETY_SET: "改了安全库存",
  CORRECTED: "更正",
  TRANSFER_SENT: "调出",
  TRANSFER_COMING: "调入在途",
  TRANSFER_RECEIVED: "调入收到",
  TRANSFER_FOUND: "找到了",
  TRANSFER_LOST: "丢失",
  MOVED_OUT: "迁出",
  MOVED_IN: "迁入",
  RESERVED: "订单占用",
  RELEASED: "释放占用",
  WRITTEN_OFF: "报损",
  RETURNED: "退货入库",
  RETURNED_DAMAGED: "退货残次",
  NO_STORE_LEFT: "没有门店可以接",
  NOT_FETCHED: "顾客没来取",
  REFUND_FAILED: "退款失败",
  REFUND_HELD_UP: "退款被搁置",
  SHIPPING_NOT_REPORTED: "发货没报给微信",
  CHOSEN: "选中",
  NOT_SELLING: "没在营业",
  REFUSED_BEFORE: "之前拒过",
  NOT_THE_PICKUP_STORE: "不是取货的店",
  OFFERS_NO_PICKUP: "不能自提",
  HAS_NONE: "没有货",
  NEEDS_MORE_STORES: "一家凑不齐",
  SHUT_NOW: "现在没开门",
  AT_CAPACITY: "今天接满了",
  FARTHER: "更远",
  LATER_ID: "排在后面",
};
