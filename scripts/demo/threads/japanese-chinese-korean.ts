import { agent, closed, customer, D, H, note, pending, resolved, type Thread } from "../thread.ts";

export const japaneseChineseKorean: readonly Thread[] = [
  {
    from: "sato-yuki",
    subject: "アプリの表示が昨日から更新されません",
    priority: "high",
    tags: ["app", "connectivity", "ja"],
    turns: [
      customer(75)`
        お世話になっております。昨日の夕方から、アプリの数値が「18:02」のまま変わりません。
        本体の画面は正しく動いているようです。再起動も試しました。
      `,
      agent("aiko", 60)`
        ご連絡ありがとうございます。本体は測定していますが、時計のずれで送信が拒否されている状態です。
        本体の近くでアプリを開いていただくと、時刻が合います。
      `,
      customer(14)`時刻は合いましたが、昨夜のデータが空白のままです。消えてしまったのでしょうか。`,
    ],
  },
  {
    from: "minato-coworking",
    subject: "領収書の宛名変更",
    tags: ["billing", "invoice", "ja"],
    turns: [
      customer(29 * H)`領収書の宛名を「株式会社みなとワークス」に変更していただけますか。`,
      agent("aiko", 28 * H)`承知いたしました。但し書きは「空気質モニター代として」でよろしいでしょうか。`,
      pending(28 * H - 2),
    ],
  },
  {
    from: "sato-yuki",
    subject: "加湿器のそばに置いても大丈夫ですか",
    priority: "low",
    tags: ["hardware", "question", "ja"],
    turns: [
      customer(6 * D + 9 * H)`寝室が狭いので、どうしても近くなります。`,
      agent("aiko", 6 * D + 4 * H)`
        1メートル以上離してください。水の粒をほこりと数えてしまい、PM2.5が高く表示されます。
      `,
      customer(6 * D + 2 * H)`なるほど、それで毎晩赤くなっていたのですね。`,
      resolved(6 * D + 2 * H - 7),
    ],
  },
  {
    from: "kawabata-ryokan",
    subject: "二十室分の見積もり",
    tags: ["sales", "business", "ja"],
    turns: [
      customer(2 * D + 15 * H)`
        旅館の客室二十室に置きたいと考えています。木の壁に穴を開けずに取り付けられますか。
        見積もりもお願いいたします。
      `,
      note("lea", 2 * D + 13 * H)`磁石の台座（M-2）が合う。見積もりは月曜までに。`,
    ],
  },
  {
    from: "aoi-tanabe",
    subject: "初期不良の交換について",
    tags: ["returns", "warranty", "ja"],
    turns: [
      customer(20 * D)`届いたMiniの電子ペーパーに縦線が入っています。`,
      agent("aiko", 19 * D + 22 * H)`
        申し訳ございません。交換品を本日発送いたします。不良品は同封の伝票でお送りください。
      `,
      customer(17 * D)`交換品、無事に届きました。早いご対応に感謝します。`,
      closed(15 * D),
    ],
  },
  {
    from: "lin-xiaoyu",
    subject: "新风系统联动问题",
    tags: ["api", "integration", "zh"],
    turns: [
      customer(3 * H + 33)`你好，我想在二氧化碳超过一千的时候自动打开新风。用你们的接口可以吗？延迟大概多少？`,
      agent("aiko", 3 * H)`
        可以。用 webhook 的 threshold.crossed 事件，一般两秒之内到。建议设一个回差，比如一千开、八百关，免得来回跳。
      `,
      customer(2 * H + 5)`回差在哪里设置？我只看到一个数字。`,
    ],
  },
  {
    from: "qinghe-academy",
    subject: "批量开通教师账号",
    tags: ["account", "education", "zh"],
    turns: [
      customer(4 * D + 9 * H)`我们有六十三位老师，能不能用表格一次导入？`,
      agent("lea", 4 * D + 5 * H)`可以，模板在附件里。填好发给我，当天开通。`,
      pending(4 * D + 5 * H - 4),
    ],
  },
  {
    from: "lin-xiaoyu",
    subject: "屏幕太亮",
    priority: "low",
    tags: ["hardware", "question", "zh"],
    turns: [
      customer(24 * D)`晚上屏幕能不能更暗一点？`,
      agent("mara", 23 * D + 20 * H)`设置 → 屏幕 → 夜间亮度，最低可以到 1%。`,
      closed(20 * D),
    ],
  },
  {
    from: "chen-kuan-yu",
    subject: "濾網訂閱重複出貨",
    priority: "high",
    tags: ["billing", "shipping", "zh"],
    turns: [
      customer(15 * H)`這個月收到兩盒濾網，也扣了兩次款。我只訂了一份。`,
      agent("pedro", 13 * H)`非常抱歉，系統換期時重複建立了訂單。多的那盒請留著用，第二筆款項今天退回。`,
      note("pedro", 13 * H - 3)`同一批有 27 位客戶，已全部退款。`,
      resolved(13 * H - 5),
    ],
  },
  {
    from: "kim-seoyeon",
    subject: "로그인이 계속 풀립니다",
    priority: "high",
    tags: ["app", "account", "ko"],
    turns: [
      customer(27)`앱을 열 때마다 다시 로그인하라고 나옵니다. 갤럭시 S25이고 앱 버전은 7.1.3입니다.`,
      agent("jonas", 21)`
        불편을 드려 죄송합니다. 설정에서 "사용하지 않는 앱 자동 정리"가 켜져 있나요? 켜져 있으면 저희 앱을 예외로
        두시고 알려 주세요.
      `,
      pending(20),
    ],
  },
  {
    from: "hanul-daycare",
    subject: "미세먼지 알림 기준을 바꾸고 싶어요",
    tags: ["app", "education", "ko"],
    turns: [
      customer(5 * D + 7 * H)`어린이집이라 기준을 더 엄격하게 하고 싶습니다. 15에서 알림이 오게 할 수 있을까요?`,
      agent("mara", 5 * D + 3 * H)`네, 방 → 알림 → 직접 설정에서 숫자를 입력하시면 됩니다.`,
      customer(5 * D + 2 * H)`감사합니다, 잘 됩니다 😊`,
      resolved(5 * D + 2 * H - 8),
    ],
  },
  {
    from: "kim-seoyeon",
    subject: "배송 전 주문 취소",
    tags: ["shipping", "cancellation", "ko"],
    turns: [customer(2)`방금 주문한 TW-20577 취소 부탁드립니다. 색상을 잘못 골랐어요.`],
  },
];
