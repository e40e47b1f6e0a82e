"""Trade policy before acceptance (L140), and tags of trades that are supported (L144)."""

from guotu.apps.approval.rules.facts import Finding, Occasion
from guotu.lib.rules import Rule, RuleBook


def check_trade(book: RuleBook, occasion: Occasion) -> list[Finding]:
    """Hold the project's industry (free text or a catalogue's name) against the catalogue.

    Forbidden blocks, restricted warns; an entry that is not sure only warns. No industry given:
    nothing is found here, and the review says that this was not checked.
    """
    if not occasion.industry:
        return []
    day = (occasion.act_date, occasion.decision_date, occasion.place)
    notice = book.find("trade.catalogue", *day)
    if notice is None:
        return []
    hits = [rule for rule in book.all_of("trade.item", *day) if _names(rule, occasion.industry)]
    found = [_hit(rule, notice, occasion) for rule in hits]
    found += [
        _support(rule, notice, occasion)
        for rule in book.all_of("support", *day)
        if _names(rule, occasion.industry)
    ]
    return found if hits else [_clean(notice, occasion), *found]


def _names(rule: Rule, industry: str) -> bool:
    return any(word in industry for word in rule.values["words"])


def _hit(rule: Rule, notice: Rule, occasion: Occasion) -> Finding:
    status = rule.values["status"]
    wished = notice.values[f"{status}_verdict"]
    kind = "禁止类" if status == "forbidden" else "限制类"
    sure = "" if rule.is_sure else "（条目待核对原文，只作提示）"
    text = (
        f"「{occasion.industry}」涉及{kind}项目：{rule.title}{sure}。{notice.values['requirement']}"
    )
    return _finding(rule, notice, rule.verdict(wished), text, rule.title)


def _support(rule: Rule, notice: Rule, occasion: Occasion) -> Finding:
    text = f"「{occasion.industry}」属于扶持类：{rule.title}。{rule.values['requirement']}"
    return _finding(rule, notice, "note", text, f"扶持：{rule.title}")


def _clean(notice: Rule, occasion: Occasion) -> Finding:
    text = f"「{occasion.industry}」未列入本系统已载入的禁止和限制条目；县应载入完整目录后核对"
    return _finding(notice, notice, "note", text, notice.title)


def _finding(rule: Rule, notice: Rule, verdict: str, text: str, title: str) -> Finding:
    return Finding(
        rule=rule.id,
        clause=rule.article,
        layer="trades",
        release=notice.values["edition"],
        verdict=verdict,
        area_dm2=0,
        title=title,
        text=text,
        mark=rule.mark,
        source=rule.source,
    )
