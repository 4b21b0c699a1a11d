"""Who may do what: the one table that every use case asks.

A row names an action, the fields and routes of the API that do it, and for each scope the roles
that may do it there; `domain/people/scopes.py` says what a scope is. A new operation is one more
word in the row of an action that stands, or one more row. `docs/rights.md` shows it as a matrix.
"""

from domain.people.rights import by_action, row
from domain.people.roles import ANONYMOUS_ROLE, CONSUMERS, CONTENT_TEAM, Role

VISITOR, MEMBER, GUIDE = (
    frozenset({Role.VISITOR}),
    frozenset({Role.MEMBER}),
    frozenset({Role.GUIDE}),
)
EDITOR, REVIEWER = frozenset({Role.EDITOR}), frozenset({Role.REVIEWER})
TRAINER, FINANCE = frozenset({Role.TRAINER}), frozenset({Role.FINANCE})
MANAGER, REGIONAL = frozenset({Role.STORE_MANAGER}), frozenset({Role.REGION_MANAGER})
FRANCHISEE, OFFICE = frozenset({Role.FRANCHISEE}), frozenset({Role.HEAD_OFFICE})
FEED = frozenset({Role.FEED})
BOOKS = OFFICE | FINANCE

SHOP = MANAGER | GUIDE
ABOVE = REGIONAL | FRANCHISEE
TEAM = CONTENT_TEAM
REVIEWERS = REVIEWER | OFFICE
ARRANGERS = TEAM | MANAGER | TRAINER
STAFF = TEAM | TRAINER | MANAGER | ABOVE | FINANCE | FEED
KNOWN = frozenset(Role)
PEOPLE = KNOWN - VISITOR
ANYBODY = KNOWN | {ANONYMOUS_ROLE}

RIGHTS = by_action(
    # People
    row(
        "session.use",
        "viewer visitStart staffSignIn guideSignIn memberSignIn memberPhoneSignIn sessionRefresh "
        "signOut staffInvitationAccept staffSignOnStart staffSignOnFinish "
        "secondFactorEnrol secondFactorEnrolConfirm",
        all=ANYBODY,
    ),
    row(
        "account.keep_own",
        "staffPasswordChange secondFactorStart secondFactorConfirm secondFactorStop",
        own=STAFF,
    ),
    # Each asks the row of the query that it stands for.
    row("node.see", "node nodes", all=ANYBODY),
    row("member.set_phone", "memberPhoneSet memberNumberGiveUp", own=MEMBER),
    row(
        "member.tell",
        "me memberProfileSet memberConsentGive memberConsentWithdraw",
        own=MEMBER,
    ),
    row(
        "member.keep",
        "member memberFind memberMerges memberConflicts memberConflictSettle memberMerge "
        "memberUnmerge",
        all=OFFICE,
    ),
    row("member.see_all", "memberData", own=MEMBER, all=OFFICE),
    row("member.erase", "memberErase", own=MEMBER, all=OFFICE),
    row("member.feed", "membersFeed membersImport", channel=FEED, all=OFFICE | FEED),
    row(
        "customer.see",
        "memberPurchases customerView",
        own=MEMBER,
        bonded=GUIDE,
        store=MANAGER,
        all=OFFICE,
    ),
    row("customer.list", "storeMembers", bonded=GUIDE, store=MANAGER, all=OFFICE),
    row(
        "purchase.feed",
        "purchasesFeed purchasesImport channelOrdersFeed",
        channel=FEED,
        all=OFFICE | FEED,
    ),
    row(
        "staff.keep",
        "staff staffOpen staffClose staffReopen staffPasswordReset staffSecondFactorReset "
        "staffSignOnBind",
        all=OFFICE,
    ),
    row("key.keep", "keys keyCreate keyRotate keyRotationFinish keyRevoke", all=OFFICE),
    row("guides.keep", "guidesImport", all=OFFICE),
    row(
        "guide.list",
        "guides",
        store=MANAGER,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=OFFICE | TRAINER | FINANCE,
    ),
    row(
        "guide.hand_over",
        "guideSuccession guideHandOver guideHandOverFinish",
        store=MANAGER,
        all=OFFICE,
    ),
    row("records.see", "recordsOf", all=TEAM),
    row("records.see_people", all=OFFICE),
    row("records.see_by", "recordsBy", own=PEOPLE, all=OFFICE),
    # Regions and stores
    row("network.see", "regions stores store nearbyStores", all=ANYBODY),
    row(
        "network.keep",
        "regionCreate regionRename regionDefaultStoreSet ownersImport storesImport",
        all=OFFICE,
    ),
    row(
        "store.run",
        "storePause storeResume storeHoursSet storeServicesSet storeCapacitySet",
        store=MANAGER,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=OFFICE,
    ),
    row("store.close", "storeClose storeMove", all=OFFICE),
    # Assets and files
    row("file.fetch", "GET:/assets/{id}/{name} PUT:/incoming/{id}/{number:int}", all=ANYBODY),
    row("asset.upload", "assetUpload", own=ARRANGERS | GUIDE | MEMBER),
    row(
        "asset.upload_directly",
        "directUpload directUploadStart directUploadComplete directUploadAbort",
        own=ARRANGERS,
    ),
    row("asset.look_up", "asset", own=MEMBER | GUIDE, all=ARRANGERS),
    row("asset.see_all", "uses", all=ARRANGERS),
    row("asset.see_usable", all=GUIDE),
    row(
        "asset.keep",
        "assets assetDescribe assetFocus assetLicense assetWithdraw assetRestore assetDelete",
        all=TEAM,
    ),
    # Products and prices
    row(
        "product.see",
        "products product productCategories productSuggestions productOffers",
        all=ANYBODY,
    ),
    row(
        "product.see_unlisted",
        all=TEAM | MANAGER | ABOVE | TRAINER | FINANCE | FEED,
    ),
    row("product.keep", "productsImport productsExport", all=OFFICE | FEED),
    row("price.see", "priceChanges", all=OFFICE | FEED | FINANCE),
    row("price.plan", "priceChangeSchedule priceChangeCancel", all=OFFICE | FEED),
    # Offers and coupons
    row("offer.see", "offers offer offersTakeUp", all=TEAM | SHOP | ABOVE | FINANCE),
    row("offer.write", "offerCreate offerRevise offerSubmit", all=OFFICE),
    row("offer.review", "offerApprove offerReject offerWithdraw", all=REVIEWERS),
    row("shipping_fees.see", "shippingFees", all=ANYBODY),
    row("shipping_fees.set", "shippingFeesSet", all=OFFICE),
    row("coupon.see", "couponsToClaim", all=ANYBODY),
    row("coupon.claim", "couponClaim ownCoupons", own=MEMBER),
    row("coupon.give", "couponGive couponsToGive", bonded=GUIDE),
    row("coupon.show_code", "couponCodeShow couponPassMake", own=MEMBER),
    row(
        "coupon.redeem",
        "couponHold couponUse couponRelease couponPassUse couponsKept storeCoupons",
        store=SHOP | FEED,
        owner=FEED,
        all=FEED | OFFICE,
    ),
    row("coupon_clash.see", "couponClashes", all=OFFICE),
    row("gift_pack.see", "giftPacks", store=SHOP, all=OFFICE),
    row("gift_pack.send", "giftPacksSend", all=OFFICE),
    # Referrals
    row("referral.invite", "referralInvite ownReferrals", own=MEMBER),
    row("referral.accept", "referralAccept", own=MEMBER),
    row("referral_terms.see", "referralTerms", all=ANYBODY),
    row("referral_terms.set", "referralTermsSet", all=OFFICE),
    row("referral.see", "referrals", all=OFFICE | FINANCE),
    row("referral.decide", "referralDecide", all=OFFICE),
    # Points
    row("points.have", "ownPoints ownPointsEntries tillCodeIssue", own=MEMBER),
    row("points.see", "memberPoints memberPointsEntries", all=OFFICE | FINANCE),
    row("points.grant", "pointsGrant", all=OFFICE),
    row("points.redeem", "pointsRedeem", store=SHOP | FEED, owner=FEED, all=OFFICE | FEED),
    row("points_rules.see", "pointsRulesNow", all=ANYBODY),
    row("points_rules.set", "pointsRulesSet", all=OFFICE),
    # Levels, tags and segments
    row("levels.see", "levelRules", all=ANYBODY),
    row("levels.set", "levelRulesSet", all=OFFICE),
    row("level.have", "ownLevel", own=MEMBER),
    row("level.give", "memberLevelGive", all=OFFICE),
    row("tag.see", "tags", all=SHOP | OFFICE),
    row("tag.define", "tagsDefine", all=OFFICE),
    row("tag.import", "memberTagsImport", all=OFFICE),
    row("tag.put", "memberTraits memberTagWhy memberTag memberUntag", bonded=GUIDE, all=OFFICE),
    row("segment.see", "segments segmentSize segmentMembers segmentWhy", all=OFFICE),
    row("segment.keep", "segmentSave audienceFreeze", all=OFFICE),
    # Content
    row("post.browse", "posts post categories", all=ANYBODY),
    row("post.see_inside", all=TEAM),
    row("post.see_all_scenes", all=TEAM | SHOP | ABOVE | TRAINER),
    row("post.see_work", own=PEOPLE, store=MANAGER, all=TEAM),
    row("post.deposit", "postDeposit postsImport", department=EDITOR | REVIEWER, all=OFFICE),
    row(
        "post.change",
        "postRevise postSubmit postWithdraw postSchedule",
        own=MEMBER | MANAGER | TEAM,
        store=MANAGER,
        department=EDITOR | REVIEWER,
        all=OFFICE,
    ),
    row("post.adapt", "postAdapt adaptationRevise", store=MANAGER),
    row("category.make", "categoryCreate", all=TEAM),
    row("category.tidy", "categoryMove categoryRename categoryMerge", all=REVIEWERS),
    row(
        "review.decide",
        "reviewQueue reviewClaim reviewRelease postApprove postReject",
        all=TEAM | MANAGER,
    ),
    row("review.oversee", all=OFFICE),
    row("review_policy.see", "reviewPolicies", all=TEAM),
    row("review_policy.set", "reviewPolicySet", all=OFFICE),
    row(
        "campaign.plan",
        "campaign campaigns campaignPlan campaignAdd campaignRemove campaignMove campaignCancel",
        all=TEAM,
    ),
    row(
        "seeding.take_part",
        "buyerShowSubmit buyerShowConsent postLike postSave postReport savedPosts likedPosts",
        own=MEMBER,
    ),
    row("seeding.reuse", "buyerShowReuse", all=TEAM),
    row("seeding.judge", "postReportsDismiss", all=REVIEWERS),
    # Share links and posters
    row("link.follow", "shareLink GET:/s/{code}", all=ANYBODY),
    row("link.open", "shareLinkOpen", own=KNOWN),
    row("link.list_own", "ownShareLinks ownLinkSales", own=GUIDE),
    row(
        "link.make",
        "shareLinkCreate",
        own=GUIDE,
        store=MANAGER,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=OFFICE,
    ),
    row(
        "poster.fetch",
        "GET:/posters/{name} GET:/posters/batches/{batch}/{number:int}.zip",
        all=ANYBODY,
    ),
    row("poster.make", "posterTemplates posterTemplate posterCreate", all=TEAM | SHOP),
    row(
        "poster_template.write",
        "posterPreview posterTemplateCreate posterTemplateRevise posterTemplateSubmit",
        all=TEAM,
    ),
    row(
        "poster_template.review",
        "posterTemplateApprove posterTemplateReject posterTemplateWithdraw",
        all=REVIEWERS,
    ),
    row(
        "poster_batch.order",
        "posterBatch posterBatches posterBatchCreate posterBatchCancel",
        all=OFFICE,
    ),
    # Storefronts
    row("storefront.see", "storefront storefrontEnter facePolicy", all=ANYBODY),
    row("storefront.preview", "storefrontPreview", all=OFFICE | MANAGER | REGIONAL),
    row(
        "layer.arrange",
        "layer layerDraft layerDraftDiscard layerPublish layerRollBack",
        store=MANAGER,
        region=REGIONAL,
        all=OFFICE,
    ),
    row("layer.rule", "layersImport facePolicySet facePolicyReach", all=OFFICE),
    # Consumers, carts and orders
    row(
        "consumer.remember",
        "consumer favouriteAdd favouriteRemove productView viewedClear storeUse addressAdd "
        "addressChange addressRemove",
        own=CONSUMERS,
    ),
    row("cart.fill", "cart cartLineSet cartClear", own=CONSUMERS),
    row("order.quote", "orderQuote", all=ANYBODY),
    row("order.place", "orderPlace order orders orderCounts paymentStart", own=CONSUMERS),
    row("order.search", "orderSearch", store=MANAGER, region=REGIONAL, all=OFFICE),
    row(
        "order.follow",
        "orderProgress refundPreview",
        own=CONSUMERS,
        bonded=GUIDE,
        store=SHOP,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=OFFICE | FINANCE,
    ),
    row("payment.check", "paymentCheck", own=CONSUMERS, all=OFFICE | FINANCE),
    row("order.cancel", "orderCancel", own=CONSUMERS, all=OFFICE),
    row("payment.notice", "POST:/pay/wechat/notice POST:/pay/sandbox/{payment_id}", all=ANYBODY),
    # Fulfilment, returns and money
    row(
        "fulfilment.see",
        "fulfilmentOrder fulfilmentOrderChanged fulfilmentQueue",
        store=SHOP,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=OFFICE,
    ),
    row(
        "fulfilment.handle",
        "fulfilmentOrderAccept fulfilmentOrderReject fulfilmentOrderHold fulfilmentOrderSplit "
        "fulfilmentOrderShip fulfilmentOrderReady fulfilmentOrderHandOver fulfilmentOrderUnclaimed",
        store=SHOP,
        region=REGIONAL,
        all=OFFICE,
    ),
    row("recipient.see", "recipientShow", own=CONSUMERS, store=SHOP, region=REGIONAL, all=OFFICE),
    row("fulfilment.assign", "fulfilmentOrderAssign shippingReportRetry", all=OFFICE),
    row("order.see_exceptions", "orderExceptions", all=OFFICE | FINANCE),
    row(
        "return.request",
        "returnRequest",
        own=CONSUMERS,
        bonded=GUIDE,
        store=SHOP,
        region=REGIONAL,
        all=OFFICE,
    ),
    row("return.call_off", "returnCancel", own=CONSUMERS),
    row("return.receive", "returnReceive returnQueue", store=SHOP, region=REGIONAL, all=OFFICE),
    row("return.inspect", "returnAccept returnRefuse", store=SHOP, region=REGIONAL, all=OFFICE),
    row("return.inspect_for_manager", store=MANAGER, region=REGIONAL, all=OFFICE),
    row("return.inspect_any", all=OFFICE),
    row("return_policy.see", "returnPolicy", all=OFFICE | SHOP | REGIONAL),
    row("return_policy.set", "returnPolicySet", all=OFFICE),
    row("refund.give", "orderRefund", all=OFFICE),
    row("refund.retry", "refundRetry", all=OFFICE | FINANCE),
    row("stray_payment.settle", "strayPayments strayPaymentSettle", all=OFFICE | FINANCE),
    # Stock
    row(
        "stock.see",
        "stockLevels stockExplain stockShortages",
        store=SHOP | FEED,
        region=REGIONAL,
        owner=FRANCHISEE | FEED,
        all=OFFICE | FEED,
    ),
    row(
        "stock.count",
        "stockImport stockDifferencesImport",
        store=FEED,
        owner=FEED,
        all=OFFICE | FEED,
    ),
    row(
        "stock.adjust",
        "stockAdjust",
        store=MANAGER | FEED,
        region=REGIONAL,
        owner=FEED,
        all=OFFICE | FEED,
    ),
    row("safety_rule.see", "safetyRules", all=OFFICE | MANAGER | ABOVE),
    row(
        "safety_rule.set",
        "safetyRuleSet safetyRuleRemove",
        store=MANAGER,
        region=REGIONAL,
        all=OFFICE,
    ),
    row(
        "transfer.see",
        "stockTransfers stockTransfersUnderWay",
        store=SHOP,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=OFFICE,
    ),
    row(
        "transfer.send",
        "stockTransferSend stockTransferReceive",
        store=SHOP,
        region=REGIONAL,
        all=OFFICE,
    ),
    row("transfer.decide", "stockTransferDecide", all=OFFICE),
    # Earnings
    row("earnings.have", "ownEarnings", own=GUIDE),
    row(
        "earnings.see",
        "storeEarnings",
        store=MANAGER,
        owner=FRANCHISEE,
        all=BOOKS,
    ),
    row("owner_earnings.see", "ownerEarnings", owner=FRANCHISEE, all=BOOKS),
    row("credits.see", "orderCredits", own=GUIDE, store=MANAGER, owner=FRANCHISEE, all=BOOKS),
    row("effect.see", "contentEffect", own=GUIDE, store=MANAGER, all=TEAM | BOOKS),
    row("effect.rank", "whatSells", all=TEAM | SHOP | ABOVE | FINANCE),
    row("ranking.see", "guideRanking", all=BOOKS),
    row("attribution.explain", "attributionExplain", all=BOOKS),
    row(
        "ledger.see",
        "ledgerAccounts ledgerJournals ledgerAudit splitRules",
        all=OFFICE | FINANCE,
    ),
    row("settlement.run", "settlementPreview settlementRun settlementRuns", all=BOOKS),
    row("statements.see", "statementsOf statement statementFile", owner=FRANCHISEE, all=BOOKS),
    row(
        "payouts.make",
        "payoutsMake payoutFile payoutConfirm payoutFail",
        all=BOOKS,
    ),
    row(
        "transfers.make",
        "guideTransfersMake guideTransferFile guideTransferConfirm guideTransferFail",
        all=BOOKS,
    ),
    row("transfers.see", "guideTransfers", own=GUIDE | MEMBER, all=BOOKS),
    row("guide_payee.keep", "guidePayee guidePayeeSet", own=GUIDE, all=BOOKS),
    row(
        "bills.reconcile",
        "billDifferences billReconcile billDifferenceSettle",
        all=BOOKS,
    ),
    row("earnings.freeze", "earningsFreeze earningsRelease earningsFrozen", all=BOOKS),
    row("payouts.see", "payoutsOf", owner=FRANCHISEE, all=BOOKS),
    row("payee.see", "payee", owner=FRANCHISEE, all=BOOKS),
    row("payee.set", "payeeSet", all=BOOKS),
    row("sharing.see", "paymentSharingOf", all=BOOKS),
    row("dispute.open", "statementDispute", owner=FRANCHISEE, all=BOOKS),
    row("dispute.answer", "disputes disputeAnswer", all=BOOKS),
    row("ledger.correct", "journalReverse", all=OFFICE | FINANCE),
    row("split_rule.set", "splitRuleSet", all=OFFICE),
    # Customer contact in WeCom
    row(
        "contact.hear",
        "GET:/wecom/callback POST:/wecom/callback GET:/wechat/callback POST:/wechat/callback",
        all=ANYBODY,
    ),
    row(
        "contact.keep_ways",
        "contactWaysOpen contactWaySet contactWelcomeSet",
        store=MANAGER,
        all=OFFICE,
    ),
    row("contact.see_ways", "contactWays", store=SHOP, all=OFFICE),
    row("contact.invite", "friendInvite", all=VISITOR | MEMBER),
    row("contact.rule", "contactRules contactRulesSet", all=OFFICE),
    row(
        "contact.see_figures",
        "storeFriends",
        store=MANAGER,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=OFFICE,
    ),
    row("contact.hand_over", "handOver handOverStart", store=MANAGER, all=OFFICE),
    row("contact.register", "friendRegister", bonded=GUIDE, all=OFFICE),
    row("contact.see_groups", "customerGroups groupWays", store=SHOP, all=OFFICE),
    row("contact.keep_groups", "customerGroupPurposeSet groupWaySet", store=MANAGER, all=OFFICE),
    row("contact.sign_page", "pageSignature posterToChat", all=SHOP),
    row("contact.see_friends", "guideFriends", bonded=GUIDE, store=MANAGER, all=OFFICE),
    # Messages to members
    row("message.see_templates", "messageTemplates", all=TEAM | SHOP | ABOVE),
    row("message.keep_templates", "messageTemplateSet", all=OFFICE),
    row("message.see", "memberReach memberMessages", own=MEMBER, all=OFFICE),
    row("message.send", "messageSend", all=OFFICE),
    row("errand.see", "errands customerGroupSales", store=SHOP, all=OFFICE),
    row("errand.ask", "errandsAsk", store=MANAGER, all=OFFICE),
    row("group_registration.make", "groupRegister", own=MEMBER),
    row("message.permit", "messagePermitsNote", own=MEMBER),
    # Services and bookings
    row("slot.see", "bookableServices bookingSlots advisorMatch", all=ANYBODY),
    row("bookable.set", "bookableServiceSet", all=OFFICE),
    row("advisor.see", "storeAdvisors", store=SHOP, region=REGIONAL, all=OFFICE),
    row("advisor.set", "advisorSet", store=MANAGER, region=REGIONAL, all=OFFICE),
    row("store_resources.set", "storeResourcesSet", store=MANAGER, region=REGIONAL, all=OFFICE),
    row(
        "booking.make",
        "bookingHold bookingConfirm ownBookings bookingWaitJoin bookingWaitLeave ownBookingWaits",
        own=MEMBER,
    ),
    row(
        "booking.change",
        "booking bookingMove bookingCancel",
        own=MEMBER,
        store=SHOP,
        region=REGIONAL,
        all=OFFICE,
    ),
    row(
        "booking.attend",
        "bookingArrive bookingNoShow storeBookings",
        store=SHOP,
        region=REGIONAL,
        all=OFFICE,
    ),
    # Learning
    row(
        "learning.do",
        "ownLearning learningBegin learningLessonRead",
        own=SHOP | REGIONAL,
    ),
    row("exam.sit", "examStart examAnswer examHandIn ownExam", own=SHOP | REGIONAL),
    row(
        "learning.see",
        "learningTopics questions exams learningMaps",
        all=TEAM | TRAINER,
    ),
    row(
        "learning.write",
        "learningTopicSave questionCreate examCreate learningMapCreate",
        all=TRAINER | EDITOR | OFFICE,
    ),
    row(
        "learning.review",
        "questionApprove questionReject questionWithdraw examApprove examReject examWithdraw "
        "learningMapApprove learningMapReject learningMapWithdraw",
        all=TRAINER | REVIEWERS,
    ),
    row("learning.correct", "questionCorrect", all=TRAINER | OFFICE),
    row("exam.reset", "examReset", all=OFFICE),
    row(
        "exam.follow",
        "examResults",
        store=MANAGER,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=TRAINER | OFFICE,
    ),
    # Guides' work
    row("coins.have", "ownCoins ownCoinEntries", own=GUIDE),
    row(
        "coins.see",
        "guideCoins guideCoinEntries",
        store=MANAGER,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=OFFICE,
    ),
    row("coins.grant", "coinsGrant", all=OFFICE),
    row("guiding_rules.see", "guidingRules", all=SHOP | ABOVE | OFFICE),
    row("guiding_rules.set", "guidingRulesSet", all=OFFICE),
    row("coin_reward.see", "coinRewards", all=SHOP | ABOVE | OFFICE),
    row("coin_reward.order", "coinRewardOrder ownCoinRewardOrders", own=GUIDE),
    row("coin_reward.keep", "coinRewardSave coinRewardStock", all=OFFICE),
    row(
        "coin_reward.hand_over",
        "coinRewardOrders coinRewardOrderHandOver coinRewardOrderCancel",
        store=MANAGER,
        all=OFFICE,
    ),
    row("task_template.see", "taskTemplates", all=TEAM | MANAGER | REGIONAL | TRAINER),
    row("task_template.write", "taskTemplateCreate", all=TEAM | TRAINER),
    row(
        "task_template.review",
        "taskTemplateApprove taskTemplateReject taskTemplateWithdraw",
        all=REVIEWERS,
    ),
    row("task.publish", "taskPublish taskCancel", store=MANAGER, all=OFFICE),
    row(
        "task.follow",
        "tasks taskCompletion taskGuides",
        store=MANAGER,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=OFFICE,
    ),
    row("task.do", "ownTasks ownToday taskPhotographHandIn", own=SHOP),
    row("task.do_beside", "customerToday", own=GUIDE),
    row(
        "task.judge",
        "taskPhotographApprove taskPhotographReject",
        store=MANAGER,
        region=REGIONAL,
        all=OFFICE,
    ),
    row(
        "journey.see",
        "journeys journey speakingRules journeyTemplates",
        all=OFFICE | EDITOR,
    ),
    row("journey.see_members", "journeyHistory journeyUnknown", all=OFFICE),
    row(
        "journey.make",
        "journeyCreate journeyRevise journeyFromTemplate journeyDryRun journeySimulate",
        all=OFFICE | EDITOR,
    ),
    row(
        "marketing.see",
        "marketingWeek lunarFestivals",
        all=STAFF | GUIDE,
    ),
    row(
        "marketing.plan",
        "marketingItemSave marketingWeekBegin marketingDayMove marketingCollisions "
        "marketingItemsPlanned",
        all=OFFICE | EDITOR,
    ),
    row("marketing.advance", "marketingDayAdvance", all=STAFF | GUIDE),
    row("marketing.compile", "marketingWeekCompile", all=OFFICE),
    row("journey.review", "journeyApprove journeyReject", all=OFFICE),
    row(
        "journey.run",
        "journeyPublish journeyPause journeyResume journeyEnd journeyStart speakingRulesSet",
        all=OFFICE,
    ),
    row(
        "contest.see",
        "contests contestStanding contestStandingChanged contestCsv",
        all=SHOP | ABOVE | TRAINER | REVIEWERS,
    ),
    # The rows name orders, which are nobody's business but of who may see the place's own board.
    row(
        "contest.open",
        "contestRows",
        own=GUIDE,
        store=MANAGER,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=TRAINER | OFFICE,
    ),
    row("talk.see", "remarks guideBoard", all=STAFF | GUIDE),
    row("talk.take_part", "remarkSay remarkLike remarkUnlike", own=SHOP | REGIONAL | TRAINER),
    row("talk.moderate", "remarkRemove", store=MANAGER, region=REGIONAL, all=TRAINER | REVIEWERS),
    row("talk.make_lesson", "remarkDeposit", all=EDITOR | REVIEWER),
    row("board.keep", "boardPut boardTakeOff", all=TRAINER | OFFICE),
    row("title.see", "guideTitles modelStores", all=STAFF | GUIDE),
    row(
        "assessment.see",
        "guideAssessment regionAssessment guideAssessmentFile examEffects",
        region=REGIONAL,
        all=TRAINER | OFFICE,
    ),
    row("contest.report", "contestSaleReport", own=GUIDE),
    row(
        "contest.judge",
        "contestSaleApprove contestSaleReject contestSaleReports",
        store=MANAGER,
        region=REGIONAL,
        all=OFFICE,
    ),
    row("contest.make", "contestCreate", all=OFFICE | TRAINER),
    row("contest.review", "contestApprove contestReject", all=OFFICE),
    # Figures
    row(
        "board.see",
        "board boardRows boardCsv boardChanged weeklyBrief",
        own=GUIDE,
        store=MANAGER,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=BOOKS,
    ),
    row("board.see_brand", all=BOOKS),
    row(
        "stock_board.see",
        "stockBoard stockBoardCsv stockBoardChanged",
        region=REGIONAL,
        all=BOOKS,
    ),
    row("touchpoint.make", "touchpointCreate", store=MANAGER, all=OFFICE),
    row(
        "touchpoint.see",
        "touchpoints touchpointComparison",
        store=MANAGER,
        region=REGIONAL,
        owner=FRANCHISEE,
        all=BOOKS,
    ),
    row("touchpoint_test.keep", "touchpointTests touchpointTestCreate", all=OFFICE),
    row("touchpoint_test.enter", "touchpointTestEnter", all=CONSUMERS),
    # Telling outside systems
    row("webhook.keep", "webhooks webhookAdd webhookRemove", all=OFFICE | FEED),
    # The service itself
    row(
        "service.watch",
        "GET:/ GET:/health GET:/ready GET:/graphql POST:/graphql",
        all=ANYBODY,
    ),
    # Of no role: whoever sends the operator's token of it.
    row("service.measure", "GET:/metrics", all=ANYBODY),
)
