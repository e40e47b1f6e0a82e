"""What one does at one's own desk: keep a view of a list, drop it, take note of what was told."""

from guotu.core.cases.models import Notice, SavedView
from guotu.core.journal.actions import Act, action
from guotu.core.people.catalogue import OWN
from guotu.lib.refusal import Refusal

MOST_VIEWS = 20


@action("cases.keep_view", power=OWN)
def keep_view(act: Act, *, page: str, name: str, query: str) -> SavedView:
    """Keep the filters of a page under a name; the same name again takes the new ones."""
    name, person = name.strip(), _person(act)
    if not name or len(name) > 32 or len(query) > 512:
        raise Refusal("常用视图的名称写得不对", where=name[:32], remedy="写一到三十二个字")
    own = SavedView.objects.filter(person_id=person, page=page)
    found = own.filter(name=name).first()
    if found is None:
        if own.count() >= MOST_VIEWS:
            raise Refusal("常用视图太多", where=f"{MOST_VIEWS} 个", remedy="先删去不用的")
        found = SavedView(person_id=person, page=page, name=name)
    found.query, found.sequence = query, act.sequence
    found.save()
    act.subject = f"view:{found.pk}"
    act.outcome = {"view": found.pk, "page": page}
    return found


@action("cases.drop_view", power=OWN)
def drop_view(act: Act, *, view: int) -> None:
    """Drop a view of one's own."""
    found = SavedView.objects.filter(pk=view, person_id=_person(act)).first()
    if found is None:
        raise Refusal("没有这个常用视图", where=str(view), remedy="刷新后再看")
    act.subject = f"view:{found.pk}"
    act.outcome = {"view": found.pk, "page": found.page}
    found.delete()


@action("cases.see_notices", power=OWN)
def see_notices(act: Act, *, upto: int) -> int:
    """Take note of all that one's post was told, up to a notice; return how many that were."""
    post = act.actor.post_id or 0
    unseen = Notice.objects.filter(post_id=post, seen_at__isnull=True, pk__lte=upto)
    own = unseen.filter(person_id__isnull=True) | unseen.filter(person_id=_person(act))
    numbers = sorted(own.values_list("pk", flat=True))
    if not numbers:
        raise Refusal("没有未阅的提醒", where="", remedy="刷新后再看")
    Notice.objects.filter(pk__in=numbers).update(seen_at=act.at)
    act.subject = f"post:{post}"
    act.outcome = {"notices": len(numbers), "first": numbers[0], "last": numbers[-1]}
    return len(numbers)


def _person(act: Act) -> int:
    if act.actor.person_id is None:
        raise Refusal("工作台是个人的", rule="由本人存取", remedy="登录后再办")
    return act.actor.person_id
