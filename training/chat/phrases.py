"""The phrases that questions are made of, whatever they are about."""

from grammar import grammars

# How a noun may be asked for; particles after NOUN are put right.
DEFINE = {
    "en": grammars(
        "(what is|what's|whats|define|explain|describe|tell me about|what exactly is|what does|what do you mean by|"
        "can you explain|could you explain|i don't understand|help me understand|give me an overview of|info on|"
        "information about|tell me more about|talk about|i've heard of|what about|how about|what can you tell me about|"
        "i want to know about|i'd like to know what is|do you know|do you know what is|have you heard of|please explain|"
        "give me the definition of|definition of|meaning of|the meaning of|the idea of|basics of|intro to|"
        "in simple words, what is|briefly, what is|remind me what is|how would you define|so what is|i keep hearing about|what is this|describe what is|in plain words, what is|"
        "what kind of thing is|say something about|the concept of|the idea behind|could you clarify|i'm curious about|teach me about|"
        "what would you say is|what is special about|what is behind|a short explanation of|please define|what sort of thing is) NOUN / "
        "what is NOUN (supposed to be|again|exactly|anyway|all about|really|in short|in general|then) / what (role|purpose) does NOUN have / "
        "what is the (use|role|function|job|benefit) of NOUN / what does the (term|word|expression) NOUN mean / NOUN, what is (that|it) / "
        "NOUN [meaning|definition|explained|explanation|overview|basics|?] / what (does|do) NOUN (mean|do) / "
        "what is meant by NOUN / how (does|do) NOUN work / what (is|are) NOUN [for|used for|good for|about] / "
        "what's the (point|purpose|idea) of NOUN / why (is there|do i need|would i want) NOUN / what are NOUN / NOUN"
    ),
    "ko": grammars(
        "NOUN[이|] (뭐야|뭐예요|뭔가요|뭐지|뭐니|무엇인가요|무엇이야|뭐죠|무슨 뜻이야|무슨 말이야|뭔지 알려줘|뭔지 설명해줘|뭔지 모르겠어) / "
        "NOUN[은|] (뭐야|뭔가요|무엇인가요|뭐예요|무슨 뜻이에요|어떤 거야|어떤 건가요|뭐 하는 거야|왜 필요해|어떻게 작동해|무엇에 쓰나요|어떻게 동작하나요) / "
        "NOUN[을|] (설명해줘|설명해 주세요|알려줘|알려주세요|설명해줄래|정의해줘|이해하고 싶어|알고 싶어|쉽게 설명해줘|간단히 설명해줘) / "
        "NOUN에 대해 (알려줘|설명해줘|알려주세요|말해줘|알고 싶어|설명해 주세요|궁금해|들어 봤어|설명 좀) / "
        "NOUN (뜻|정의|개념|설명|의미|소개|이란|란|설명 좀|뜻이 뭐야|개념이 뭐야|알려줘|좀 알려줘|뭐야|뭔데|이 뭔데) / "
        "NOUN[이|]란 (뭐야|무엇인가요|뭔가요|무엇입니까|뭐죠) / NOUN[이|]라는 (게|건|것은|말은|것이) (뭐야|무슨 뜻이야|뭔가요|뭐죠|무엇인지 설명해 주세요|정확히 뭐야) / "
        "NOUN의 (뜻|의미|용도|개념|정의|쓰임|원리|기능|목적)(은|이 뭐야|을 알려줘|이 뭔가요|이 궁금해요|이 무엇인가요|을 설명해 주세요) / "
        "(도대체|정확히|쉽게 말해|간단히 말해|그래서|대체) NOUN[이|] (뭐야|뭔가요|뭐죠|무엇인가요|뭐예요) / NOUN[이|] (정확히|도대체|대체) (뭐야|뭔가요|뭐예요|무엇이죠) / "
        "NOUN[은|] 어떤 (것|개념|기능|방식)(이야|인가요|이죠|인지 궁금해요) / NOUN[이|] 뭔지 (궁금해요|궁금합니다|알고 싶어요|알려 주실래요|잘 모르겠어요) / "
        "NOUN[은|] (무엇을|무슨 일을|뭘) (하나요|해|하는 거죠|하죠) / NOUN에 (관해|관해서) (설명해 주실래요|말해 주세요|알려 주세요) / NOUN"
    ),
}
# What only the turn before makes clear.
FOLLOW = {
    "en": {
        "how": "how do i use (it|that|this) / how (do|can|would) i (do that|do this|do it|try it|try that|set it up|enable it) / "
        "how (can|should) i use (it|that one|this one) / how to use it / how does one use that / how is it used / "
        "and how do i do that / how / how so / ok, how / (and|so|but) how do i (use it|do that)",
        "when": "when (should|do|would) i use (it|that|this|that one|this one) / when is (it|that|this) (useful|good|right|better) / "
        "(and|so) when / when / what is (it|that) good for / what would i use (it|that) for / why would i use (it|that|this)",
        "more": "[can you|please|] tell me more / more / [more|further] details / go on / (can you|please|could you) elaborate / "
        "continue / say more / (and|then) what else / what else / explain more / more about (that|it|this) / "
        "tell me more about (it|that|this) / (can you|could you) say more about (it|that) / more info[rmation] [please|]",
        "example": "[can you|could you|please|] (give|show) me an example / an example [please|] / for example / show me / "
        "example / [can you|] show me (code|the code|some code) / what does (it|that) look like / is there an example / "
        "do you have an example / (can i|could i) see (an example|the code|some code)",
        "korean": "[and|now|can you say that|say it|say that|] in korean [please|] / translate (it|that) (to|into) korean / korean please / "
        "(can|could) you (say|repeat|explain) (it|that) in korean / what is that in korean",
        "again": "[can you|could you|please|] (repeat that|say that again|say it again|repeat it) / (pardon|again|come again|what did you say) / one more time",
    },
    "ko": {
        "how": "(그건|그거|이건|그럼|그걸|이거|) 어떻게 (써|써요|쓰나요|사용해|하면 돼|해|하나요|사용하나요|하는 거야) / (쓰는 법|사용법)[은|이 뭐야| 알려줘|] / 어떻게",
        "when": "(그건|그거|이건|그럼|) 언제 (써|써요|쓰나요|사용해|쓰면 좋아|쓰는 게 좋아|쓰는 거야) / 언제 / (그건|그거|) (어디에 좋아|어디에 써|왜 써)",
        "more": "(더|좀 더|조금 더) (알려줘|자세히|자세히 알려줘|설명해줘|말해줘|설명해 주세요|알려주세요|얘기해줘) / 자세히[ 알려줘| 설명해줘|] / 계속[ 해줘|해|] / 또 / "
        "(그것에|그거에|거기에) 대해 더 (알려줘|말해줘) / 다른 건",
        "example": "(예를|예시를|예제를|예시|예|) (들어줘|보여줘|들어 주세요|보여 주세요|하나만|좀) / 예를 들면 / 예시[는|가 있어|] / 코드(로|를|) 보여줘 / 코드는",
        "english": "영어로[는|도|] [말해줘|알려줘|해줘|뭐야|설명해줘|] / in english [please|] / (say|can you say) (it|that) in english / english please",
        "again": "다시 [한번|한 번|] (말해줘|말해 줄래|말해 주세요|설명해줘|알려줘) / 뭐라고[ 했어|요|] / 한 번 더",
    },
}
# Fillers before and after a question.
BEFORE = {
    "en": "hey, |hi, |hello, |please |um, |so |ok, |and |quick question: |can you tell me |could you tell me |tell me, |i was wondering, |"
    "sorry, |well, |do you know |i'd like to know |question: |just curious, |in inpoint, |with inpoint, |now |but |excuse me, |"
    "i'm building a web app, |for my project, |my boss wants to know, |one more thing, |i read the docs but |i trained a model and now |"
    "next question: |we are a small team, |maybe a silly question, |i wonder, |i have a question, |let me ask, |hello! |hi there. |also, |"
    "then |i'm confused, |i forgot, |remind me, ".split("|"),
    "ko": "저기요, |혹시 |음 |그럼 |근데 |궁금한데 |질문이요. |인포인트에서 |Inpoint에서 |그러면 |저 |그리고 |안녕하세요, |잠깐, |아 |실례지만 |"
    "웹 앱을 만들고 있는데 |제가 초보라서 그런데 |하나 더, |팀장님이 물어보는데 |문서를 봤는데 |프로젝트에 쓰려는데 |안녕, |질문 있어요. |"
    "또 궁금한 게 |까먹었는데 |있잖아 |다음 질문, |혹시나 해서 |이상한 질문인데 |그러니까 |참, ".split("|"),
}
AFTER = {
    "en": " please| pls| thanks| in inpoint| with inpoint| exactly| again| actually| then| here| for me| today".split("|"),
    "ko": " 좀| 부탁해요| 궁금해요| 알려줘| 알려주세요| 부탁드려요|요".split("|"),
}
# Other words for the same: patterns, and what may take their place.
REWORD = [
    (
        r"^how (do|can|should|would|could) i\b",
        [
            *("how do i", "how can i", "how do we", "what's the right way to", "could you tell me how to", "i'm wondering how to"),
            *("what do i have to do to", "what does it take to", "is there some way to", "how does somebody", "how is one to"),
            *("i have to", "i'm looking for a way to", "what would i do to", "what's a good way to", "where do i", "when i want to"),
        ],
    ),
    (r"^(can|could) i\b", ["can i", "could i", "is it ok to", "would it work to", "are people able to", "may one", "do you let me"]),
    (r"\b(users?|visitors?)\b", ["users", "visitors", "customers", "people", "the user", "a visitor", "someone"]),
    (r"\b(delete|remove)\b", ["delete", "remove", "erase", "get rid of", "throw away"]),
    (r"\b(show|display)\b", ["show", "display", "present", "let people see"]),
    (r"\bmake (?=(a|an|the|my)\b)", ["make ", "create ", "build ", "produce ", "put together "]),
    (r"\b(big|large)\b", ["big", "large", "huge", "heavy"]),
    (r"\berrors?\b", ["error", "errors", "exception", "failure", "problem"]),
    (r"\b(explain|describe)\b", ["explain", "describe", "clarify", "break down", "sum up", "tell me about"]),
    (r"\b(which|what) (?=(file|command|method|function|option|browser|mode|header|format|task)s?\b)", ["which ", "what ", "what kind of "]),
    (r"\buse\b", ["use", "work with", "apply", "try", "have"]),
    (r"\bget\b", ["get", "obtain", "receive", "have", "fetch"]),
    (r"\bwhat is\b", ["what's", "whats", "what is"]),
    (r"\bi am\b", ["i'm", "im"]),
    (r"\barchive\b", ["archive", "model archive", "model.tar.gz", "tar.gz", "artifact"]),
    (r"\bbrowser\b", ["browser", "web browser"]),
    (r"\bpage\b", ["page", "web page", "website", "webpage", "site"]),
    (r"\bmodel\b", ["model", "neural network", "ml model", "network", "ai model"]),
    (r"\bdo i need\b", ["do i need", "must i have", "is it necessary to have", "do we need"]),
    (r"\bdon't\b", ["don't", "dont", "do not"]),
    (r"\bmy\b", ["my", "our", "the"]),
    (r"\bdownload\b", ["download", "fetch"]),
    (r"\bfaster\b", ["faster", "quicker", "speedier"]),
    (r"\bi\b(?!')", ["i", "we", "one"]),
]
KOREAN_REWORD = [
    (r"사용자", "사용자|방문자|이용자|고객|사람들"),
    (r"만들려면", "만들려면|생성하려면|제작하려면|만들려고 하면|만들고 싶으면"),
    (r"만드는 (법|방법)", "만드는 법|만드는 방법|제작하는 방법|생성하는 법|만드는 요령|만드는 순서"),
    (r"쓰려면", "쓰려면|사용하려면|이용하려면|쓰고 싶으면|써 보려면"),
    (r"쓸 수", "쓸 수|사용할 수|이용할 수|써 볼 수"),
    (r"받으려면", "받으려면|얻으려면|받아 보려면|받고 싶으면"),
    (r"(보여 주|보여주)려면", "보여 주려면|표시하려면|나타내려면|띄우려면|보이게 하려면"),
    (r"(어떤|무슨) ", "어떤 |무슨 |어느 |어떠한 "),
    (r"뭐가 ", "뭐가 |무엇이 |어떤 게 |뭐뭐가 "),
    (r"(뭘|무엇을) ", "뭘 |무엇을 |무얼 |뭐를 |어떤 걸 "),
    (r"^왜 ", "왜 |어째서 |무엇 때문에 |왜 자꾸 |어쩌다 "),
    (r"어디에 ", "어디에 |어디다 |어느 곳에 |어디쯤에 "),
    (r"얼마나 ", "얼마나 |어느 정도로 |얼마만큼 |어느 만큼 "),
    (r"(오류|에러)", "오류|에러|예외|문제"),
    (r"(다운로드|내려받기)", "다운로드|내려받기|다운|받기|다운받기"),
    (r"(삭제|제거)", "삭제|제거|지우기"),
    (r"(할 수 있어|할 수 있나요)$", "할 수 있어|할 수 있나요|할 수 있을까요|하는 게 가능해|해도 되나요|할 수 있는지 궁금해요|하는 게 되나요"),
    (r"하고 싶어$", "하고 싶어|하고 싶어요|하고 싶습니다|해 보고 싶은데요|했으면 하는데|하고 싶은데 어떡하죠"),
    (
        r"^how (do|can|should|would|could) i\b",
        [
            *("how do i", "how can i", "how do we", "what's the right way to", "could you tell me how to", "i'm wondering how to"),
            *("what do i have to do to", "what does it take to", "is there some way to", "how does somebody", "how is one to"),
            *("i have to", "i'm looking for a way to", "what would i do to", "what's a good way to", "where do i", "when i want to"),
        ],
    ),
    (r"^(can|could) i\b", ["can i", "could i", "is it ok to", "would it work to", "are people able to", "may one", "do you let me"]),
    (r"\b(users?|visitors?)\b", ["users", "visitors", "customers", "people", "the user", "a visitor", "someone"]),
    (r"\b(delete|remove)\b", ["delete", "remove", "erase", "get rid of", "throw away"]),
    (r"\b(show|display)\b", ["show", "display", "present", "let people see"]),
    (r"\bmake (?=(a|an|the|my)\b)", ["make ", "create ", "build ", "produce ", "put together "]),
    (r"\b(big|large)\b", ["big", "large", "huge", "heavy"]),
    (r"\berrors?\b", ["error", "errors", "exception", "failure", "problem"]),
    (r"\b(explain|describe)\b", ["explain", "describe", "clarify", "break down", "sum up", "tell me about"]),
    (r"\b(which|what) (?=(file|command|method|function|option|browser|mode|header|format|task)s?\b)", ["which ", "what ", "what kind of "]),
    (r"\buse\b", ["use", "work with", "apply", "try", "have"]),
    (r"\bget\b", ["get", "obtain", "receive", "have", "fetch"]),
    (r"알려줘$", "알려 줘|가르쳐줘|말해줘|알려줄래|알려주세요|알려 주실래요|알려 주시겠어요|말씀해 주세요|알려줄 수 있어|알고 싶어|궁금해|궁금해요"),
    (r"인포인트", "인포인트|Inpoint|inpoint"),
    (r"어떻게 (해|하나요|해요)$", "어떡해|어떻게 하지|어케 해|어찌 해|어떻게 하죠|어떻게 하면 될까요|어떻게 합니까|어떻게 해야 하죠|방법이 뭐죠|방법은|어떻게 하는지 궁금해요"),
    (r"(뭐야|뭔가요|무엇인가요)$", "뭐임|모야|뭔데|뭐냐|뭡니까|뭐죠|뭘까요|뭐예요|무엇인지 궁금해요|무엇입니까|뭔지 알려 줄래|뭐더라"),
    (r"설명해줘$", "설명해 줘|설명 부탁해|설명 좀 해줘|설명해 주실래요|설명해 주시겠어요|설명 부탁드립니다"),
    (r"아카이브", "아카이브|모델 파일|압축 파일|model.tar.gz"),
    (r"(있어|있나요|있어요)$", "있어|있어요|있나|있음|있습니까|있을까요|있죠|있는지 궁금해요|있는지 알려 주세요|있는지 알고 싶어요"),
    (r"(돼|되나요|돼요)$", "되나|될까요|되죠|되는지 궁금해요|가능한가요|됩니까|되는지 알고 싶어요|되나 봐요|되는 거죠"),
    (r"(해|하나요|해요)$", "하죠|합니까|하는지 궁금해요|하는지 알고 싶어요|하는 거죠|할까요|하는지 알려 주세요|하는 건가요"),
    (r"(써|쓰나요|써요)$", "쓰죠|씁니까|쓰는지 궁금해요|쓰는 거죠|쓰면 되나요|쓰는 건가요|쓰면 될까요"),
    (r"(필요해|필요한가요)$", "필요하죠|필요할까요|필요합니까|있어야 하죠|필요한지 궁금해요"),
    (r"(줘|주세요)$", "줄래|주실래요|주시겠어요|주세요|줘요|줄 수 있어|주실 수 있나요"),
    (r"하려면$", "하려면요|하고 싶을 때는|하려면 어떡하죠|하려고 하는데요"),
    (r"모델", "모델|내 모델|ai 모델|신경망|모델"),
]
SYSTEM = [
    "You are a helpful assistant.",
    "Answer questions about Inpoint.",
    "You help people who use Inpoint. Be brief.",
    "당신은 친절한 도우미입니다.",
    "You are a friendly chat model inside a web page.",
]
