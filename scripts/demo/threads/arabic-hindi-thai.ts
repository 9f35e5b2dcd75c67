import { agent, closed, customer, D, H, note, pending, resolved, type Thread } from "../thread.ts";

export const arabicHindiThai: readonly Thread[] = [
  {
    from: "layla-mansour",
    subject: "الجهاز يعطي إنذارًا أثناء العاصفة الرملية",
    priority: "high",
    tags: ["hardware", "notifications", "ar"],
    turns: [
      customer(2 * H + 48)`
        السلام عليكم، منذ بدء العاصفة والجهاز يصفر كل خمس دقائق رغم إغلاق النوافذ. هل يمكن إيقاف الصوت دون إيقاف
        القياس؟
      `,
      agent("lea", 2 * H + 20)`
        وعليكم السلام. نعم: من الإعدادات ثم التنبيهات اختاري «ضوء فقط». القياس يستمر، والسجل محفوظ كاملًا.
      `,
      customer(47)`شكرًا، توقف الصوت. لكن القراءة ما زالت 480 والنوافذ مغلقة، فهل أشغّل المنقّي على أعلى سرعة؟`,
    ],
  },
  {
    from: "omar-khalidi",
    subject: "فاتورة باللغة العربية",
    tags: ["billing", "invoice", "ar"],
    turns: [
      customer(2 * D + 2 * H)`يطلب المحاسب فاتورة بالعربية مع الرقم الضريبي. هل هذا ممكن؟`,
      agent("pedro", D + 23 * H)`ممكن بالطبع. أرسل لنا الرقم الضريبي واسم المنشأة كما يظهر في السجل التجاري.`,
      pending(D + 23 * H - 2),
    ],
  },
  {
    from: "layla-mansour",
    subject: "شحن إلى مسقط",
    tags: ["shipping", "question", "ar"],
    turns: [
      customer(18 * D)`كم يستغرق الشحن إلى مسقط؟`,
      agent("mara", 17 * D + 20 * H)`من خمسة إلى سبعة أيام عمل، والرسوم الجمركية مشمولة في السعر.`,
      closed(15 * D + 4 * H),
    ],
  },
  {
    from: "ananya-sharma",
    subject: "दिवाली के बाद से रीडिंग बहुत ज़्यादा है",
    tags: ["hardware", "accuracy", "hi"],
    turns: [
      customer(8 * H)`
        नमस्ते, तीन दिन से PM2.5 लगातार 300 के ऊपर दिखा रहा है, जबकि पटाखे अब बंद हैं। क्या सेंसर खराब हो गया है?
      `,
      agent("mara", 7 * H)`
        नमस्ते अनन्या जी! धुएँ की परत सेंसर की जाली पर जम जाती है। सूखे मुलायम ब्रश से पीछे की जाली साफ़ कीजिए और एक
        घंटा रुककर बताइए।
      `,
      pending(7 * H - 2),
    ],
  },
  {
    from: "rohan-deshpande",
    subject: "UPI से भुगतान अटक गया",
    priority: "high",
    tags: ["billing", "hi"],
    turns: [customer(35)`पैसे कट गए पर ऑर्डर "Pending" दिखा रहा है। दोबारा भुगतान करूँ या रुकूँ?`],
  },
  {
    from: "sunrise-pathshala",
    subject: "स्कूल के लिए छूट",
    tags: ["sales", "education", "hi"],
    turns: [
      customer(7 * D + 9 * H)`हमारे गाँव के स्कूल में आठ कमरे हैं। क्या शिक्षा संस्थानों के लिए कोई छूट है?`,
      agent("lea", 7 * D + 4 * H)`ज़रूर: स्कूलों के लिए 30% छूट है, और दस से कम उपकरणों पर भी। कोड आपके ईमेल में है।`,
      note("lea", 7 * D + 4 * H - 5)`सत्यापन हो गया। अगले साल केस-स्टडी के लिए पूछें।`,
      customer(7 * D)`बहुत धन्यवाद 🙏`,
      resolved(7 * D - 6),
    ],
  },
  {
    from: "ploy-srisuk",
    subject: "เครื่องแสดงค่าฝุ่นไม่ตรงกับแอป",
    tags: ["app", "accuracy", "th"],
    turns: [
      customer(110)`สวัสดีค่ะ หน้าจอเครื่องขึ้น 42 แต่ในแอปขึ้น 38 ตัวไหนถูกคะ`,
      agent("jonas", 88)`
        สวัสดีครับ ถูกทั้งคู่ครับ หน้าจอแสดงค่าขณะนั้น ส่วนแอปแสดงค่าเฉลี่ยสิบนาที เปลี่ยนได้ที่ ตั้งค่า → ค่าที่แสดง
      `,
      customer(81)`เข้าใจแล้วค่ะ ขอบคุณมาก`,
      resolved(80),
    ],
  },
  {
    from: "ploy-srisuk",
    subject: "ขอใบกำกับภาษีเต็มรูปแบบ",
    tags: ["billing", "invoice", "th"],
    turns: [customer(3 * D + 11 * H)`ขอใบกำกับภาษีของคำสั่งซื้อ TW-20333 ในนามบริษัทค่ะ`],
  },
  {
    from: "minh-anh-tran",
    subject: "Pin của Mini hết sau hai tuần",
    priority: "high",
    tags: ["hardware", "warranty", "vi"],
    turns: [
      customer(12 * D + 8 * H)`Trên hộp ghi dùng được sáu tháng, nhưng tôi phải sạc hai tuần một lần.`,
      agent("jonas", 12 * D + 3 * H)`
        Chào bạn, máy đang đo mỗi phút một lần. Nếu chuyển sang "Tiết kiệm", pin sẽ dùng được khoảng năm tháng.
      `,
      note("jonas", 12 * D + 3 * H - 4)`Nếu vẫn hết nhanh thì đổi pin, lô C-0712 có lỗi.`,
      resolved(12 * D + 2 * H),
      customer(6 * H + 40)`Tôi đã chuyển từ mười hai hôm trước và pin lại còn 9%. Vẫn như cũ.`,
    ],
  },
];
