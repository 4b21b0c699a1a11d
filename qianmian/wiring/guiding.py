"""Guides' work: tasks, coins and what they buy."""

from functools import partial

from domain.content.bank import ContentPorts
from domain.guiding.coins import CoinPorts
from domain.guiding.contact_behaviour import BehaviourPorts, read_behaviour
from domain.guiding.contest_scores import ScorePorts
from domain.guiding.customer_care import CARE_FACTS
from domain.guiding.doing_tasks import DoingPorts
from domain.guiding.exam_effects import ExamEffectPorts
from domain.guiding.figures import (
    FIGURE_FACTS,
    FigurePorts,
    finish_figures,
    follow_figures,
)
from domain.guiding.group_sales import GroupSalesPorts
from domain.guiding.link_sales import LinkSalesPorts
from domain.guiding.measuring import MEASURED_FACTS, MeasurePorts, finish_counts, measure
from domain.guiding.passing_tasks import PassingPorts, pass_tasks_on
from domain.guiding.publishing_tasks import TaskPorts, work_on_tasks
from domain.guiding.reminding_guides import REMINDED_FACTS, remind_guides
from domain.guiding.reporting_sales import SaleReportPorts
from domain.guiding.reward_orders import RewardPorts, finish_reward_orders
from domain.guiding.rewarding_tasks import (
    OUTCOMES,
    TaskRewardPorts,
    finish_task_counts,
    reward_tasks,
)
from domain.guiding.running_contests import ContestPorts, seal_contests
from domain.guiding.talking import TalkPorts, finish_likes
from domain.guiding.titles import TitlePorts, make_titles
from domain.guiding.today import BesidePorts, CarePorts, TodayPorts, follow_customers
from domain.guiding.writing_tasks import TaskTemplatePorts
from domain.kernel.facts import Follower
from domain.messaging.ports import MessagingPorts
from domain.people.succession_facts import HANDED_OVER
from domain.service.customers import CustomerPorts
from domain.sharing.shareable import SharingPorts
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from qianmian.wiring.learning import certificate_ports
from qianmian.wiring.messaging import asking_ports, notice_ports
from qianmian.wiring.promotions import coupon_ports
from qianmian.wiring.wallets import wallet_ports
from storage.advertising_claims import read_claims
from storage.mongo.audiences.audiences import MongoCustomers
from storage.mongo.guiding.coin_rewards import MongoCoinRewards, MongoRewardOrders
from storage.mongo.guiding.contact_behaviour import MongoBehaviourRuns
from storage.mongo.guiding.contests import MongoContests, MongoSaleReports
from storage.mongo.guiding.customer_care import MongoCustomerCare
from storage.mongo.guiding.figures import MongoFigures, MongoTitleRolls
from storage.mongo.guiding.guide_sales import MongoGuideSales
from storage.mongo.guiding.guide_todos import MongoGuideTodos
from storage.mongo.guiding.guiding_rules import guiding_rules_of
from storage.mongo.guiding.live_places import MongoLivePlaces
from storage.mongo.guiding.remarks import MongoBoard, MongoRemarks
from storage.mongo.guiding.tasks import (
    MongoAssignments,
    MongoReminders,
    MongoTaskCounts,
    MongoTasks,
    MongoTaskTemplates,
)
from storage.mongo.kernel.apply_once import MongoApplyOnce
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.learning.attempts import MongoAttempts
from storage.mongo.learning.learning_items import MongoTopics, exams_of
from storage.mongo.media.assets import MongoAssets
from storage.mongo.members.profiles import MongoMemberProfiles
from storage.mongo.people.people import MongoGuides, MongoStaff
from storage.mongo.people.successions import MongoSuccessions
from storage.outside.wechat_token import WecomToken
from storage.outside.wecom_behaviour import WecomBehaviour

FINISH_EVERY_S = 5.0
PUBLISH_EVERY_S = 1.0
TITLES_EVERY_S = 60.0
# A part of a day's guides each time, so that WeCom is asked by and by.
BEHAVIOUR_EVERY_S = 10.0


def coin_ports(base: Foundation) -> CoinPorts:
    """Coins of guides."""
    return CoinPorts(
        wallets=wallet_ports(base),
        guides=base.made(MongoGuides),
        rules=base.made(guiding_rules_of),
    )


def reward_ports(base: Foundation) -> RewardPorts:
    """The shop of rewards."""
    return RewardPorts(
        rewards=base.made(MongoCoinRewards),
        stock=MongoApplyOnce(
            base.database, movements="coin_reward_moves", targets="coin_reward_stock"
        ),
        orders=base.made(MongoRewardOrders),
        wallets=wallet_ports(base),
        wording=read_claims(),
    )


def task_template_ports(base: Foundation, sharing: SharingPorts) -> TaskTemplatePorts:
    """Templates of tasks."""
    return TaskTemplatePorts(
        templates=base.made(MongoTaskTemplates),
        sharing=sharing,
        coupons=coupon_ports(base),
        exams=base.made(exams_of),
        records=base.made(MongoRecords),
        wording=read_claims(),
    )


def task_ports(base: Foundation, sharing: SharingPorts) -> TaskPorts:
    """Tasks and their publishing."""
    return TaskPorts(
        tasks=base.made(MongoTasks),
        templates=base.made(MongoTaskTemplates),
        assignments=base.made(MongoAssignments),
        reminders=base.made(MongoReminders),
        counts=_task_counts(base),
        sharing=sharing,
        staff=base.made(MongoStaff),
        certificates=certificate_ports(base),
        rules=base.made(guiding_rules_of),
    )


def doing_ports(base: Foundation, sharing: SharingPorts) -> DoingPorts:
    """What guides do of tasks."""
    return DoingPorts(
        publishing=task_ports(base, sharing),
        counts=base.made(MongoTaskCounts),
        assets=base.made(MongoAssets),
        certificates=certificate_ports(base),
        uses=base.made(MongoUses),
    )


def today_ports(base: Foundation, sharing: SharingPorts) -> TodayPorts:
    """Guides' lists of today."""
    return TodayPorts(
        doing=doing_ports(base, sharing),
        care=base.made(MongoCustomerCare),
        todos=base.made(MongoGuideTodos),
        customers=base.made(MongoCustomers),
    )


def beside_ports(base: Foundation, sharing: SharingPorts, customers: CustomerPorts) -> BesidePorts:
    """What guides may do for one customer."""
    return BesidePorts(today=today_ports(base, sharing), customers=customers)


def care_ports(base: Foundation) -> CarePorts:
    """What is known of customers."""
    return CarePorts(
        care=base.made(MongoCustomerCare),
        profiles=base.made(MongoMemberProfiles),
        todos=base.made(MongoGuideTodos),
    )


def measure_ports(base: Foundation) -> MeasurePorts:
    """What is counted for tasks."""
    return MeasurePorts(
        tasks=base.made(MongoTasks),
        assignments=base.made(MongoAssignments),
        counts=MongoApplyOnce(
            base.database, movements="assignment_moves", targets="assignment_counts"
        ),
        sales=base.made(MongoGuideSales),
        guides=base.made(MongoGuides),
        contests=score_ports(base),
        certificates=certificate_ports(base),
        figures=figure_ports(base),
    )


def figure_ports(base: Foundation) -> FigurePorts:
    """Figures of guides' work."""
    return FigurePorts(
        figures=base.made(MongoFigures),
        counts=MongoApplyOnce(
            base.database, movements="guide_figure_moves", targets="guide_figures"
        ),
        guides=base.made(MongoGuides),
        directory=base.reference,
    )


def behaviour_ports(base: Foundation, wecom: WecomToken) -> BehaviourPorts:
    """What WeCom counts of guides."""
    return BehaviourPorts(
        source=WecomBehaviour(wecom),
        runs=base.made(MongoBehaviourRuns),
        figures=figure_ports(base),
    )


def exam_effect_ports(base: Foundation) -> ExamEffectPorts:
    """Exams beside the figures of guides' work."""
    return ExamEffectPorts(
        exams=base.made(exams_of),
        attempts=base.made(MongoAttempts),
        counting=figure_ports(base),
    )


def title_ports(base: Foundation) -> TitlePorts:
    """Titles of guides, and model stores."""
    return TitlePorts(rolls=base.made(MongoTitleRolls), counting=figure_ports(base))


def talk_ports(base: Foundation, content: ContentPorts) -> TalkPorts:
    """What people of the stores say, and the board."""
    return TalkPorts(
        remarks=base.made(MongoRemarks),
        likes=MongoApplyOnce(base.database, movements="remark_like_moves", targets="remark_likes"),
        board=base.made(MongoBoard),
        contests=base.made(MongoContests),
        topics=base.made(MongoTopics),
        content=content,
        assets=base.made(MongoAssets),
        uses=base.made(MongoUses),
        guides=base.made(MongoGuides),
        records=base.made(MongoRecords),
        wording=read_claims(),
    )


def sale_report_ports(base: Foundation) -> SaleReportPorts:
    """Sales that guides report for contests."""
    return SaleReportPorts(
        reports=base.made(MongoSaleReports),
        scoring=score_ports(base),
        assets=base.made(MongoAssets),
        uses=base.made(MongoUses),
        wording=read_claims(),
    )


def score_ports(base: Foundation) -> ScorePorts:
    """The scores of contests."""
    return ScorePorts(
        contests=base.made(MongoContests),
        scores=MongoApplyOnce(base.database, movements="contest_moves", targets="contest_scores"),
    )


def contest_ports(base: Foundation, sharing: SharingPorts) -> ContestPorts:
    """Contests."""
    return ContestPorts(
        scoring=score_ports(base),
        live=base.made(MongoLivePlaces),
        sharing=sharing,
        coins=coin_ports(base),
        records=base.made(MongoRecords),
        wording=read_claims(),
    )


def group_sales_ports(
    base: Foundation, messaging: MessagingPorts, sharing: SharingPorts
) -> GroupSalesPorts:
    """What groups have sold."""
    return GroupSalesPorts(
        asking=asking_ports(base, messaging, sharing), sales=base.made(MongoGuideSales)
    )


def link_sales_ports(base: Foundation, sharing: SharingPorts) -> LinkSalesPorts:
    """What guides' own links have sold."""
    return LinkSalesPorts(sharing=sharing, sales=base.made(MongoGuideSales))


def task_reward_ports(base: Foundation) -> TaskRewardPorts:
    """What follows from tasks that are done."""
    return TaskRewardPorts(
        coins=coin_ports(base),
        coupons=coupon_ports(base),
        counts=_task_counts(base),
        tasks=base.made(MongoTasks),
        certificates=certificate_ports(base),
    )


def passing_ports(base: Foundation, sharing: SharingPorts) -> PassingPorts:
    """Tasks of guides who leave."""
    return PassingPorts(
        publishing=task_ports(base, sharing), successions=base.made(MongoSuccessions)
    )


def guiding_followers(base: Foundation, sharing: SharingPorts) -> tuple[Follower, ...]:
    """What guides' work follows. What happened before there were tasks counts for none."""
    notices = notice_ports(base)
    reminding = (
        (follower("reminders of tasks", REMINDED_FACTS, remind_guides, notices),) if notices else ()
    )
    return (
        *reminding,
        follower(
            "tasks of leavers",
            frozenset({HANDED_OVER}),
            pass_tasks_on,
            passing_ports(base, sharing),
        ),
        follower("tasks", MEASURED_FACTS, measure, measure_ports(base), from_the_first=False),
        follower(
            "coins and counts of tasks",
            OUTCOMES,
            reward_tasks,
            task_reward_ports(base),
            from_the_first=False,
        ),
        follower(
            "figures of guides",
            FIGURE_FACTS,
            follow_figures,
            figure_ports(base),
            from_the_first=False,
        ),
        follower(
            "customers to care for",
            CARE_FACTS,
            follow_customers,
            care_ports(base),
        ),
    )


def guiding_jobs(base: Foundation, sharing: SharingPorts) -> tuple[Job, ...]:
    """What the clock does to guides' work; what WeCom counts is read where a company is named."""
    told: tuple[Job, ...] = ()
    if wecom := base.wecom_token:
        read = partial(read_behaviour, behaviour_ports(base, wecom))
        name = "reading of what WeCom counts of guides"
        told = (Job(name=name, work=read, every_s=BEHAVIOUR_EVERY_S),)
    return (
        *told,
        Job(
            name="publishing of tasks, and reminding of them",
            work=partial(work_on_tasks, task_ports(base, sharing)),
            every_s=PUBLISH_EVERY_S,
        ),
        Job(
            name="finishing of what counts for tasks",
            work=partial(finish_counts, measure_ports(base)),
            every_s=FINISH_EVERY_S,
        ),
        Job(
            name="sealing of contests",
            work=partial(seal_contests, contest_ports(base, sharing)),
            every_s=FINISH_EVERY_S,
        ),
        Job(
            name="titles of guides",
            work=partial(make_titles, title_ports(base)),
            every_s=TITLES_EVERY_S,
        ),
        Job(
            name="finishing of figures of guides",
            work=partial(finish_figures, figure_ports(base)),
            every_s=FINISH_EVERY_S,
        ),
        Job(
            name="finishing of likes of remarks",
            work=partial(finish_likes, talk_ports(base, sharing.content)),
            every_s=FINISH_EVERY_S,
        ),
        Job(
            name="finishing of counts of tasks",
            work=partial(finish_task_counts, task_reward_ports(base)),
            every_s=FINISH_EVERY_S,
        ),
        Job(
            name="finishing of orders of rewards",
            work=partial(finish_reward_orders, reward_ports(base)),
            every_s=FINISH_EVERY_S,
        ),
    )


def _task_counts(base: Foundation) -> MongoApplyOnce:
    return MongoApplyOnce(base.database, movements="task_count_moves", targets="task_counts")
