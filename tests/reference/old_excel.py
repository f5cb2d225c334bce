"""Writes tests/data/old_excel/*.xls with xlwt 1.3.0, which the project does not need: eight synthetic patients in the
format of Excel 97, with merged heads, centres merged over their patients, codes, and days since 1900 or since 1904."""

import datetime as dt
import sys

import xlwt

FIRST = dt.date(2021, 3, 12)
HEAD = [
    "中心",
    "住院号",
    "性别",
    "开始日期",
    "进展日期",
    "最佳疗效",
    "死亡日期",
    "末次随访日期",
    "生存状态(1死亡,0存活)",
]


def write(path, since):
    book = xlwt.Workbook(encoding="utf-8")
    book.dates_1904 = since == 1904
    sheet, style = book.add_sheet("患者"), xlwt.easyxf(num_format_str="yyyy-mm-dd")
    sheet.write_merge(0, 0, 0, 8, "免疫再挑战登记表")
    sheet.write_merge(1, 1, 3, 5, "再挑战")
    sheet.write_merge(1, 1, 6, 8, "结局")
    for column, name in enumerate(HEAD):
        if column < 3:
            sheet.write_merge(1, 2, column, column, name)
        else:
            sheet.write(2, column, name)
    for i in range(8):
        start = FIRST + dt.timedelta(days=30 * i)
        last = start + dt.timedelta(days=300 + 7 * i)
        ended = start + dt.timedelta(days=90 + i) if i != 3 else None
        row = [
            f"H{i:03}",
            "男女"[i % 2],
            start,
            ended,
            ["PR", "SD", "PD", "SD"][i % 4],
            last if i % 2 else None,
            last,
            i % 2,
        ]
        for column, value in enumerate(row, start=1):
            days = isinstance(value, dt.date) and since == 1904
            value = (value - dt.date(1904, 1, 1)).days if days else value
            dated = column in (3, 4, 7 - 1, 7)
            if value is not None:
                sheet.write(3 + i, column, value, style if dated else xlwt.Style.default_style)
    sheet.write_merge(3, 6, 0, 0, "北院")
    sheet.write_merge(7, 10, 0, 0, "南院")
    sheet.write(12, 1, "合计")
    sheet.write(12, 2, "8例")
    book.save(path)


for year in (1900, 1904):
    write(f"{sys.argv[1]}/since_{year}.xls", year)
