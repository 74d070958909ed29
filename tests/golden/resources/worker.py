def main(event, context):
    return {"ok": True, "text": "{% not an expression %} ${Nothing}"}
