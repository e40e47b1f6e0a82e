"""A refusal says what, where, by which rule, and what to do."""

from guotu.lib.refusal import Refusal


def test_a_refusal_reads_as_one_chinese_sentence() -> None:
    refusal = Refusal("文件不是矢量数据", "a.txt", "导入规则", "换一个文件")
    assert str(refusal) == "文件不是矢量数据；位置：a.txt；依据：导入规则；办法：换一个文件。"
    assert refusal.as_dict()["remedy"] == "换一个文件"


def test_what_is_empty_is_left_out() -> None:
    assert str(Refusal("没有县")) == "没有县。"
