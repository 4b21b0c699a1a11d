"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.mall.fulfilment.after_sale import AfterSaleMutation
from api.mall.fulfilment.head_office import HeadOfficeMutation, HeadOfficeQuery
from api.mall.fulfilment.payments import PaymentsMutation
from api.mall.fulfilment.progress import ProgressQuery
from api.mall.fulfilment.store_desk import StoreDeskMutation, StoreDeskQuery

QUERIES = (
    *fields_of(ProgressQuery),
    *fields_of(StoreDeskQuery),
    *fields_of(HeadOfficeQuery),
)
MUTATIONS = (
    *fields_of(PaymentsMutation),
    *fields_of(StoreDeskMutation),
    *fields_of(AfterSaleMutation),
    *fields_of(HeadOfficeMutation),
)
