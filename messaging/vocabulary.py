"""The words and phrases that messaging.wording reads, English and Spanish. Pure data.

Phrases are searched for in one clause at a time: lower case, without accents, apostrophes or punctuation.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _any(alternatives: str) -> str:
    """A group of the alternatives; an underscore stands for a space inside one."""
    return f"(?:{'|'.join(alternatives.split()).replace('_', ' ')})"


STOP_WORDS = _words(
    "stop stopall unsubscribe quit revoke optout unsuscribe unsubcribe unsub stpo sotp stahp enough"
    " desist discontinue halt cease terminate deactivate dnc stopt st0p stop2end stop2quit stop2stop arret"
    " arrete arreter alto basta baja parar paren pare detener detenganse suficiente"
)
CANCEL_WORDS = _words("cancel end cancelar terminar")
START_WORDS = _words("start unstop restart resubscribe subscribe optin empezar comenzar iniciar reanudar")
HELP_WORDS = _words("help info information ayuda ayudenme ayudame informacion")
# With a number that opted out Twilio takes this for START.
YES_TO_PROVIDER = _words("yes si")
# Said beside a word, these change nothing.
FILLERS = _words(
    "please kindly pls plz now just it this that already ok okay yes no i im id ill said say want wish would"
    " like to you u can could will all everything me right immediately again a need thank thanks hi hello hey"
    " ya por favor porfavor porfa yo quiero si gracias hola dije que le todo eso esto"
)
PLEASE = _words("please pls plz now por favor porfavor porfa")
POLITE = PLEASE | _words("again me i need want to quiero necesito more mas")

# A whole text of these is a stop sign.
STOP_SIGNS = frozenset("🛑")

# Twilio handles exactly these when the body holds nothing else; of "STOP!" that is not known, so we confirm.
SINGLE = _words("stop stopall unsubscribe cancel end quit revoke optout start unstop help info")

# Words that people stretch. Only they lose their doubled letters, so that "see" or "soon" stay whole.
STRETCHED = _words(
    "yes yep yup yeah yea sure ok okay y si claro no nope nah n stop stopall unsubscribe quit end cancel"
    " help please thanks basta alto start"
)

# Their own STOP line is quoted in a phone's reaction to our text: 'Liked "… Reply STOP to opt out"'.
REACTION = re.compile(
    r"(?:liked|loved|disliked|emphasi[sz]ed|questioned|laughed at|reacted .{1,12} to|removed an? .{1,12} from"
    r'|(?:a )?(?:le|me) (?:gust|encant)\w*|[^\w\s]{1,4} (?:to|a)) ".*',
    re.DOTALL,
)

_DONT = _any("dont do_not never no_longer")
_TEXTS = _any(
    "texts? txts? text_messages? texting messages? messaging msgs? sms notifications? alerts? reminders"
    " offers e_?mails? contact(?!_lens) spam communications? subscription"
)
_CONTACTING = _any(
    "text txt messag msg sms contact(?!_lens) call send spam bother harass e_?mail ask notif alert remind"
    " offer writ ping annoy communicat subscription blast bug pester"
)
_BETWEEN = _any(
    "with all the these this those your my any me sending of future further more it to get getting receive"
    " receiving be being have anymore no"
)
_LISTS = _any("the this your that") + r" (?:\w+ )?list"
_OURS = _any("number phone cell name contact info")
_MENSAJES = _any(
    "mensajes? mensajitos textos? sms notificaciones avisos alertas recordatorios ofertas msjs? suscripcion"
)
_ENVIAR = _any("envi mand escrib text mensaj contact molest llam avis notific") + r"\w*"
_ME_ENVIEN = _any(
    "envien? envies manden? mandes escriban? escribas texte+n? contacten? contactes molesten? molestes"
    " llamen?_mas avisen"
)
# Without "me" only the plural: "no mande" may be "no mandé", I did not send.
_ENVIEN = _any("envien manden escriban texteen contacten molesten molestar llamen_mas")
_QUITEN = _any(
    "quiten? quita quitar saquen? saca sacar borren? borra borrar eliminen? elimina eliminar remuevan?"
    " retiren?"
)

# The opposite of an opt-out: "don't stop texting me", "why did you stop". "You never stop" is none.
NOT_STOPPING = re.compile(
    r"\b(?:(?<!you )(?<!\bu )(?:dont|do not|didnt|did not|never)(?: (?:want|wish|mean|need)(?: you)? to)?"
    r"|(?:did|have) (?:you|u|i|we)|non|bus|train|next|last)"
    r" (?:stop\w*|quit|unsubscribe\w*|opt\w* out|remove (?:me|my)|take me off|delete)\b"
    r"|\b(?:am|was) i (?:taken |still )?off\b"
    rf"|\bno (?:(?:me |nos )?{_QUITEN}|{_QUITEN}(?:me|nos)|(?:paren?|dejen?) de)\b"
)

_STOP_ENGLISH = (
    r"\b(?:stop|quit|cease|halt|discontinue)(?! to (?!text|mess|send|contact))"
    rf"(?: {_BETWEEN}){{0,3}}? {_CONTACTING}",
    rf"\b(?:end|cancel|revoke|terminate|disable|suspend|deactivate|(?:turn|shut|switch) off)"
    rf"(?: {_BETWEEN}){{0,3}}? {_TEXTS}\b|^(?:turn|shut|switch) (?:these|those|this|it|them) off$",
    rf"\b{_TEXTS}(?: \w+)? (?:to|must|should|please|have to|need to) stop$",
    r"\b(?:make|get) (?:this|it|these|them|the|your|those)(?: \w+)? stop$",
    r"\b(?:(?:you|please|pls|just|u)(?: to| must| should)?|(?:them|it|this) (?:to|must|should)) stop$",
    r"^stop (?!(?:by|in|at|over|off|for|sign|and|on|to|the|my|eating|taking|drinking|smoking)\b)",
    rf"^(?:the |these |all )?{_TEXTS} stop$|\b(?:omg|god|sake|ffs|jesus|lol) stop$",
    rf"\benough (?:with|of)(?: \w+){{0,2}} {_TEXTS}\b|\bafter (?:i (?:said|texted|replied|sent) )?stop$",
    rf"\bwhy \w+ (?:you|u|i|we) (?:still |always )?(?:still|keep|getting|receiving|texting|messaging|sending)"
    rf"(?: (?:getting|receiving|texting|messaging|sending|contacting))?(?: {_BETWEEN}){{0,3}}?"
    rf" (?:{_TEXTS}|me|us)\b",
    r"^stop (?:the|my) (?:madness|waitlist|wait list|list)\b",
    r"\b(?:unsubscrib\w*|unsuscribe|unsubcribe|optout|stopall)\b|\bopt(?:ing)? (?:me |us )?out\b",
    rf"(?<!\bi )\b{_DONT} (?:ever |you ever )?(?:text|txt|message|msg|contact|sms|e ?mail|bother|write|spam)"
    r"(?: (?:or|and) \w+)?(?: (?:me|us|this|here|to|again|any|anymore|ever)\b|$)",
    rf"\b{_DONT} (?:ever )?send (?:me|us|any|anything|more|these|this|anymore|{_TEXTS})\b",
    rf"\b{_DONT} (?:ever )?(?:call|contact)\b.* (?:again|anymore|any more|ever|or text)\b",
    rf"\b(?:{_DONT}|not) (?:\w+ )?(?:want|wish|like|need)(?: {_BETWEEN}){{0,5}}? {_TEXTS}\b",
    rf"\b{_DONT} (?:want|wish) (?:you )?to (?:be )?(?:\w+ )?(?:text|contact|messag|bother|notifi)",
    rf"\b{_DONT} (?:want|wish) to hear from\b|\b(?:want|wish|like|need) to be removed\b",
    rf"\b(?:{_DONT}|not) (?:want|wish)(?: to)?(?: (?:get|receive|see))?(?: any more)?(?: of)? (?:these|those)"
    r"(?: anymore| any more| please)?$",
    rf"\b{_DONT} (?:ever )?(?:offer|ask) (?:me|us) (?:any|again|anymore)\b",
    r"\bdo not (?:disturb|(?:call|contact|text) list)\b|\b(?:call|contact|text) list\b.*\bdo not\b",
    r"\b(?:did not|didnt|never) (?:sign|signed|opt|opted|subscribe|subscribed|agree|agreed)"
    r" ?(?:up|in)? (?:for|to) (?:this|these|that|any|your)\b",
    r"^(?:this is |its )?spam$|\breport(?:ed|ing)? (?:you )?(?:as|for) spam\b",
    r"^blocked$|^block me$|\bblock(?:ed|ing) (?:you|your|this) ?(?:number)?$",
    r"\bcall (?:me )?(?:instead of|rather than|not) text",
    rf"\bno (?:more|further) (?:\w+ )?{_TEXTS}\b|^(?:please )?no {_TEXTS}(?: please)?$",
    rf"^(?:please )?no more(?: please)?$|\bnot interested in (?:\w+ ){{0,3}}{_TEXTS}\b",
    r"\b(?:remove|delete|erase) (?:me|us)\b(?!.*appointment)",
    r"^(?:please )?remove(?: please)?$|\bplease remove$",
    rf"\bremoved from {_LISTS}\b|\b(?:{_DONT}|not) want to be on {_LISTS}\b|\b(?:un|dis) ?enroll\b",
    r"\b(?:not|never) be (?:text|contact|messag)ed\b|\bcease and desist\b|^get off my phone\b|^no more of th",
    rf"\b(?:remove|delete|erase|lose|forget|block) (?:my|this|our) (?:\w+ )?{_OURS}\b",
    r"\b(?:take|get|drop|pull) (?:me|us|my name|my number|this number|my phone) off\b(?! work| early)",
    rf"\boff (?:of )?{_LISTS}\b|\bleave (?:me|us) (?:alone|be)\b"
    r"|^(?:please |pls |just )?go away(?: please)?$|\bfuck off\b",
    r"\bget me out of (?:this|these|here)\b|^i want out$|^(?:knock it|cut it) (?:off|out)(?: please)?$",
    r"^(?:please )?(?:remove|take off|delete)? ?(?:from|off) (?:of )?(?:the |your |this )?list(?: please)?$"
    r"|\bremove from (?:the |your |this )?list\b",
    r"\bdiscontinue (?:this |the )?service\b|\b(?:no|not have) (?:my )?permission to (?:text|mess|contact)",
    r"\b(?:revoke|withdraw|revoking) (?:my |all )?(?:consent|permission)\b",
    rf"\b(?:{_DONT}|did not|didnt) consent(?:ed)?\b",
)
_STOP_SPANISH = (
    rf"\b(?:dejen?|deja|dejar|dejes|paren?|parar|para|detengan?|cesen?|basta)(?: ya)? (?:de|con)(?: \w+)?"
    rf" (?:{_ENVIAR}|{_MENSAJES}\b)",
    r"\b(?:paren?|parar|detener|detengan?|cancelar|cancelen?|alto(?: a)?|terminen?|terminar|suspendan?"
    rf"|suspender|basta)(?: \w+)? {_MENSAJES}\b",
    rf"\bno (?:me|nos) {_ME_ENVIEN}\b|\bno {_ENVIEN}\b|\bno (?:me |nos )?vuelvan? a {_ENVIAR}",
    rf"\bno mas(?: \w+)? {_MENSAJES}\b|\bni un \w+ mas\b",
    r"\bno (?:quiero|deseo|necesito|me interesan?)"
    r"(?: (?:seguir|recibir|recibiendo|mas|sus|estos|los|esos|ya|que|me|nos)){0,5}?"
    rf" (?:{_MENSAJES}|{_ME_ENVIEN})\b",
    rf"\b{_QUITEN}(?:me|nos)?(?: mi| este| a mi| el)? (?:numero|telefono|celular|nombre)\b",
    rf"\b{_QUITEN}(?:me|nos) de (?:la|esta|su|las|sus) lista|\b{_QUITEN}me$",
    r"\b(?:dar|darme|dame|denme|deme|darse) de baja\b|\bdej[ea]\w*(?: me)? en paz\b|\bdejenme tranquil[oa]\b",
    rf"\bno (?:mandes?|envies?|mandar|enviar)(?: mas)? {_MENSAJES}\b|\bno (?:mandar|enviar|envie)(?: mas)?$",
    r"\bno (?:quiero|deseo) (?:recibir |saber )?nada(?: mas)?(?: de (?:ustedes|usted|esto|eso))?$",
    r"\bno (?:quiero|deseo) (?:seguir |estar )(?:en|mas en) (?:la|su|esta|las|sus) lista",
    r"\b(?:quiero|pido|solicito) (?:la |mi )?baja\b|^deteng\w+(?: esto| eso)?$",
    r"^(?:terminen?|paren?|acaben?|basta) (?:con |de )?(?:esto|eso)(?: ya| por favor)?$",
    rf"\bno autorizo(?: {_MENSAJES}| estos| esto|$)",
    r"\bno doy (?:mi )?(?:consentimiento|permiso|autorizacion)\b",
    r"\b(?:retiro|revoco|cancelo) (?:mi |el |la )?(?:consentimiento|autorizacion|permiso)\b",
    r"\b(?:desinscri|cancel\w+ (?:la |mi )?inscrip)\w*",
    r"\bdesuscrib\w*|^(?:ya )?no mas(?: por favor)?$|^(?:ya )?para(?: ya| por favor| esto)?$",
)
STOP_PHRASES = tuple(re.compile(pattern) for pattern in _STOP_ENGLISH + _STOP_SPANISH)

WRONG_NUMBER_PHRASE = re.compile(
    # Their own mistake, and not ours.
    r"(?<!gave you the )(?<!gave the )(?<!had the )(?<!dial the )(?<!dialed the )(?<!call the )"
    r"(?<!called the )(?<!put the )(?<!wrote the )(?<!entered the )(?<!texted the )"
    r"\bwrong (?:number|person|phone|num|guy|patient|cell|no)\b"
    r"|\b(?:text|messag)\w* the wrong\b|\bnot (?:the )?(?:right|correct) (?:number|person)\b"
    r"|\b(?:not|isnt|no longer) (?:his|her|their) (?:\w+ )?(?:number|phone|cell)\b"
    r"|\bdont know (?:this|that) person\b|\bno ?(?:one|body) (?:here )?by that name\b"
    r"|\bequivocad[oa] (?:de )?(?:numero|persona)\b"
    r"|\b(?:numero|persona|telefono) (?:equivocad|incorrect)[oa]\b"
    r"|\bequivoc\w+ de (?:numero|persona)\b"
    r"|\bno (?:es|era) (?:su|el) numero\b"
    r"|^(?:esta )?equivocado$"
    r"|\bno soy (?:esa|la|esta) persona\b|\bno conozco a (?:esa|esta|ninguna)\b"
)
START_PHRASE = re.compile(
    r"(?:please )?opt (?:me )?(?:back )?in(?: again)?"
    r"|(?:please )?(?:start|resume)(?: sending| texting)?(?: me)?(?: the| my)?(?: (?:texts|messages))?"
    r"(?: me)?(?: again)?(?: please)?|(?:empiecen|vuelvan) a (?:mandarme|enviarme|escribirme)(?: mensajes)?"
)
