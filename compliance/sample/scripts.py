"""The same as `vocabulary`, in scripts other than Latin: shorter lists, other bytes."""

from __future__ import annotations

from compliance.sample.vocabulary import Language, listed

GREEK = Language(
    " ",
    ".",
    ("WHO DOES WHAT WHEN", "WHEN , WHO DOES WHAT", "μπορείτε να δείτε WHAT WHEN ;"),
    {
        "WHO": listed("η διοίκηση | το τμήμα αγορών | ο συνεργάτης μας στον Πειραιά | η λογίστρια"),
        "DOES": listed("ελέγχει | εγκρίνει | αναβάλλει | υπογράφει | προετοιμάζει"),
        "WHAT": listed(
            "την προσφορά για N θέσεις | το συμφωνητικό | τη λίστα D πελατών | το πρόγραμμα"
        ),
        "WHEN": listed("τη Δευτέρα | ως τις D Μαΐου | μετά το καλοκαίρι | άμεσα"),
    },
)
CYRILLIC = Language(
    " ",
    ".",
    ("WHO DOES WHAT WHEN", "WHEN WHO DOES WHAT", "чи можете ви перевірити WHAT WHEN ?"),
    {
        "WHO": listed(
            "відділ закупівель | наша партнерка | керівництво | бухгалтерія | об’єднання"
        ),
        "DOES": listed("перевіряє | підтверджує | відкладає | підписує | надсилає"),
        "WHAT": listed("пропозицію на N місць | договір № N | список із D ставок | щорічний звіт"),
        "WHEN": listed("у понеділок | до D травня | після виставки | наступного тижня"),
    },
)
ARABIC = Language(
    " ",
    ".",
    ("DOES WHO WHAT WHEN", "WHEN DOES WHO WHAT", "هل يمكنكم مراجعة WHAT WHEN ؟"),
    {
        "WHO": listed("قسم المشتريات | الإدارة العامة | شريكنا في دبي | فريق المبيعات"),
        "DOES": listed("يراجع | يعتمد | يؤجّل | يوقّع | يُعِدّ"),
        "WHAT": listed("العرض رقم N | العقد الإطاري | قائمة D عميلاً | خطة التدريب"),
        "WHEN": listed("يوم الاثنين | قبل D رمضان | بعد المعرض | هذا الأسبوع"),
    },
)
HEBREW = Language(
    " ",
    ".",
    ("WHO DOES WHAT WHEN", "WHEN WHO DOES WHAT", "האם תוכלו לבדוק WHAT WHEN ?"),
    {
        "WHO": listed("הנהלת החברה | מחלקת הרכש | צוות המכירות | רו״ח"),
        "DOES": listed("בודקת | מאשרת | דוחה | חותמת | מכינה"),
        "WHAT": listed("הצעת מחיר ל־N מקומות | הסכם מסגרת | רשימת D לקוחות | סיכום הפגישה"),
        "WHEN": listed("ביום שני | עד D במאי | אחרי החג | השבוע"),
    },
)
CHINESE = Language(
    "",
    "。",
    ("WHO WHEN DOES WHAT", "WHEN ， WHO DOES WHAT", "请问能否在 WHEN 之前确认 WHAT"),
    {
        "WHO": listed("采购部 | 管理层 | 我们的上海团队 | 客户方负责人 | 法务同事 | 華南代理商"),
        "DOES": listed("确认了 | 推迟了 | 审核了 | 签署了 | 补充了 | 取消了"),
        "WHAT": listed(
            "N 个席位的报价 | 框架合同 | D 家客户名单 | 第 N 号发票 | 培训计划 | 交付时间表"
        ),
        "WHEN": listed("周一 | 五月 D 日 | 展会之后 | 本季度末 | 春节前"),
    },
)
JAPANESE = Language(
    "",
    "。",
    ("WHO は WHEN WHAT を DOES", "WHEN に WHO が WHAT を DOES", "WHAT をご確認いただけますか"),
    {
        "WHO": listed("購買部 | 髙橋さん | 大阪のチーム | お客様のご担当者 | 経営陣 | ｷｶﾞｲ製作所"),
        "DOES": listed(
            "確認しました | 延期しました | 承認しました | 共有いたします | 見直しています"
        ),
        "WHAT": listed(
            "N 席分のお見積り | 基本契約書 | D 社のリスト | 請求書第 N 号 | 研修スケジュール"
        ),
        "WHEN": listed("月曜日 | 五月 D 日 | 展示会のあと | 年度末"),
    },
)
THAI = Language(
    "",
    " ",
    ("WHO DOES WHAT WHEN", "WHEN WHO DOES WHAT"),
    {
        "WHO": listed("ฝ่ายจัดซื้อ | ผู้บริหาร | ทีมเชียงใหม่ | คุณน้ำผึ้ง"),
        "DOES": listed("ตรวจสอบ | อนุมัติ | เลื่อน | ลงนามใน | เตรียม"),
        "WHAT": listed("ใบเสนอราคา N ที่นั่ง | สัญญาหลัก | รายชื่อลูกค้า D ราย | แผนฝึกอบรม"),
        "WHEN": listed("วันจันทร์ | ก่อนวันที่ D | หลังงานแสดงสินค้า | สัปดาห์นี้"),
    },
)
DEVANAGARI = Language(
    " ",
    "।",
    ("WHO ने WHEN WHAT DOES", "WHEN WHO ने WHAT DOES", "कृपया WHEN WHAT देख लें"),
    {
        "WHO": listed("क्रय विभाग | प्रबंधन | हमारे पुणे के साथी | ग्राहक"),
        "DOES": listed("जाँचा | स्वीकार किया | टाल दिया | भेज दिया"),
        "WHAT": listed("N सीटों का प्रस्ताव | रूपरेखा अनुबंध | D ग्राहकों की सूची | प्रशिक्षण कार्यक्रम"),
        "WHEN": listed("सोमवार को | D मई तक | प्रदर्शनी के बाद | इसी हफ़्ते"),
    },
)
