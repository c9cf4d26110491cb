"""A small specification for when BOT_API_SPEC is not set: the methods that this server plays."""

from __future__ import annotations

from .errors import Json

# `name:Type` or `name!:Type` (required); `|` between types, `[T]` an array of T. All from API 10.1.
_SEND = (
    "business_connection_id:String chat_id!:Integer|String message_thread_id:Integer"
    " direct_messages_topic_id:Integer disable_notification:Boolean protect_content:Boolean"
    " allow_paid_broadcast:Boolean message_effect_id:String suggested_post_parameters:Any"
    " reply_parameters:ReplyParameters"
    " reply_markup:InlineKeyboardMarkup|ReplyKeyboardMarkup|ReplyKeyboardRemove|ForceReply "
)
_EDIT = (
    "business_connection_id:String chat_id:Integer|String message_id:Integer inline_message_id:String"
    " reply_markup:InlineKeyboardMarkup "
)
_CAPTION = "caption:String parse_mode:String caption_entities:[MessageEntity] "

_METHODS = {
    "getMe": "",
    "logOut": "",
    "close": "",
    "getUpdates": "offset:Integer limit:Integer timeout:Integer allowed_updates:[String]",
    "setWebhook": "url!:String certificate:InputFile ip_address:String max_connections:Integer"
    " allowed_updates:[String] drop_pending_updates:Boolean secret_token:String",
    "deleteWebhook": "drop_pending_updates:Boolean",
    "getWebhookInfo": "",
    "sendMessage": _SEND
    + "text!:String parse_mode:String entities:[MessageEntity] link_preview_options:LinkPreviewOptions",
    "sendPhoto": _SEND + _CAPTION + "photo!:InputFile|String show_caption_above_media:Boolean has_spoiler:Boolean",
    "sendDocument": _SEND
    + _CAPTION
    + "document!:InputFile|String thumbnail:InputFile|String disable_content_type_detection:Boolean",
    "sendChatAction": "business_connection_id:String chat_id!:Integer|String message_thread_id:Integer"
    " action!:String",
    "editMessageText": _EDIT + "text:String parse_mode:String entities:[MessageEntity]"
    " link_preview_options:LinkPreviewOptions rich_message:Any",
    "editMessageCaption": _EDIT + _CAPTION + "show_caption_above_media:Boolean",
    "editMessageReplyMarkup": _EDIT,
    "answerCallbackQuery": "callback_query_id!:String text:String show_alert:Boolean url:String"
    " cache_time:Integer",
    "deleteMessage": "chat_id!:Integer|String message_id!:Integer",
    "deleteMessages": "chat_id!:Integer|String message_ids!:[Integer]",
    "pinChatMessage": "business_connection_id:String chat_id!:Integer|String message_id!:Integer"
    " disable_notification:Boolean",
    "unpinChatMessage": "business_connection_id:String chat_id!:Integer|String message_id:Integer",
    "unpinAllChatMessages": "chat_id!:Integer|String",
    "getFile": "file_id!:String",
    "getChat": "chat_id!:Integer|String",
    "getChatMember": "chat_id!:Integer|String user_id!:Integer",
    "getChatAdministrators": "chat_id!:Integer|String return_bots:Boolean",
    "setMyCommands": "commands!:[BotCommand] scope:BotCommandScope language_code:String",
    "getMyCommands": "scope:BotCommandScope language_code:String",
    "deleteMyCommands": "scope:BotCommandScope language_code:String",
    "setMyName": "name:String language_code:String",
    "getMyName": "language_code:String",
    "setMyDescription": "description:String language_code:String",
    "getMyDescription": "language_code:String",
    "setMyShortDescription": "short_description:String language_code:String",
    "getMyShortDescription": "language_code:String",
    "setChatMenuButton": "chat_id:Integer menu_button:MenuButton",
    "getChatMenuButton": "chat_id:Integer",
}

_TYPES = {
    "ReplyParameters": "message_id!:Integer chat_id:Integer|String allow_sending_without_reply:Boolean"
    " quote:String quote_parse_mode:String quote_entities:[MessageEntity] quote_position:Integer"
    " checklist_task_id:Integer poll_option_id:String",
    "InlineKeyboardMarkup": "inline_keyboard!:[[InlineKeyboardButton]]",
    "InlineKeyboardButton": "text!:String icon_custom_emoji_id:String style:String url:String"
    " callback_data:String web_app:Any login_url:Any switch_inline_query:String"
    " switch_inline_query_current_chat:String switch_inline_query_chosen_chat:Any copy_text:CopyTextButton"
    " callback_game:Any pay:Boolean",
    "CopyTextButton": "text!:String",
    "ReplyKeyboardMarkup": "keyboard!:[[KeyboardButton]] is_persistent:Boolean resize_keyboard:Boolean"
    " one_time_keyboard:Boolean input_field_placeholder:String selective:Boolean",
    "KeyboardButton": "text!:String icon_custom_emoji_id:String style:String request_users:Any"
    " request_chat:Any request_managed_bot:Any request_contact:Boolean request_location:Boolean"
    " request_poll:Any web_app:Any",
    "ReplyKeyboardRemove": "remove_keyboard!:Boolean selective:Boolean",
    "ForceReply": "force_reply!:Boolean input_field_placeholder:String selective:Boolean",
    "LinkPreviewOptions": "is_disabled:Boolean url:String prefer_small_media:Boolean"
    " prefer_large_media:Boolean show_above_text:Boolean",
    "MessageEntity": "type!:String offset!:Integer length!:Integer url:String user:Any language:String"
    " custom_emoji_id:String unix_time:Integer date_time_format:String",
    "BotCommand": "command!:String description!:String",
    "BotCommandScope": "type!:String chat_id:Integer|String user_id:Integer",
    "MenuButton": "type!:String text:String web_app:Any",
}

# API: BotCommand, KeyboardButton placeholders, setMyName and its sisters.
_LENGTHS = {
    "BotCommand.command": "1-32 characters",
    "BotCommand.description": "1-256 characters",
    "CopyTextButton.text": "1-256 characters",
    "ReplyKeyboardMarkup.input_field_placeholder": "1-64 characters",
    "ForceReply.input_field_placeholder": "1-64 characters",
    "setMyName.name": "0-64 characters",
    "setMyDescription.description": "0-512 characters",
    "setMyShortDescription.short_description": "0-120 characters",
}


def built_in() -> Json:
    """The table in the form of the public machine-readable specification."""
    types = {name: {"fields": _fields(name, line)} for name, line in _TYPES.items()}
    return {
        "methods": {name: {"fields": _fields(name, line)} for name, line in _METHODS.items()},
        "types": types,
    }


def _fields(owner: str, line: str) -> list[Json]:
    fields = []
    for item in line.split():
        name, _, kinds = item.partition(":")
        fields.append(
            {
                "name": name.rstrip("!"),
                "types": [_type(kind) for kind in kinds.split("|")],
                "required": name.endswith("!"),
                "description": _LENGTHS.get(f"{owner}.{name.rstrip('!')}", ""),
            }
        )
    return fields


def _type(short: str) -> str:
    return f"Array of {_type(short[1:-1])}" if short.startswith("[") else short
