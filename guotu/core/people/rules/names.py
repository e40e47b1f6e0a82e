"""What is shown of a person before anybody has said why they want to see more."""


def masked_name(name: str) -> str:
    """Return a name with all but the surname's first character hidden: 张三丰 is 张**."""
    return name[:1] + "*" * max(len(name) - 1, 1) if name else ""


def masked_number(number: str) -> str:
    """Return a telephone or identity number of which only the last four characters show."""
    return "*" * max(len(number) - 4, 0) + number[-4:] if len(number) > 4 else "*" * len(number)
