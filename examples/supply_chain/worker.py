"""Answers requests of the portal: a part of the optimiser's image, beside the program that the batch transform runs."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import boto3

features = boto3.client("sagemaker-featurestore-runtime")
s3 = boto3.client("s3")
events = boto3.client("events")

BUCKET, _, FOLDER = os.environ["RESULTS"].removeprefix("s3://").partition("/")


def handler(event, context):
    """Works on all messages at once; the ones that failed come again, the others do not."""
    messages = event["Records"]
    with ThreadPoolExecutor(max_workers=len(messages)) as pool:
        failed = [name for name in pool.map(try_message, messages) if name]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}


def try_message(message):
    """The id of a message that could not be answered."""
    try:
        answer(json.loads(message["body"]))
    except Exception as problem:
        print(f"{message['messageId']}: {problem!r}")
        return message["messageId"]


def answer(request):
    sku = request["sku_id"]
    order = recommend(vector_of(sku), request["service_level"], request["lead_days"])
    key = f"{FOLDER}{sku}/{request['request_id']}.json"
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps({"sku_id": sku, "order": order}))
    keep_setting(request)
    detail = {"request_id": request["request_id"], "at": f"s3://{BUCKET}/{key}"}
    entry = {"Source": "supply-chain", "DetailType": "RecommendationReady", "Detail": json.dumps(detail)}
    if events.put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError("the event was not taken")


def vector_of(sku):
    group = os.environ["VECTORS"]
    found = features.get_record(FeatureGroupName=group, RecordIdentifierValueAsString=sku)
    if "Record" not in found:
        raise LookupError(f"{sku} has no vector")
    return {feature["FeatureName"]: feature["ValueAsString"] for feature in found["Record"]}


def keep_setting(request):
    """Goes to the online and to the offline store: the next batch plans with it."""
    names = ("sku_id", "service_level", "lead_days")
    record = [{"FeatureName": name, "ValueAsString": str(request[name])} for name in names]
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record.append({"FeatureName": "updated", "ValueAsString": now})
    features.put_record(FeatureGroupName=os.environ["SETTINGS"], Record=record)


def recommend(vector, service_level, lead_days):
    """How many pieces to order now: stands in for the optimiser itself."""
    needed = float(vector["forecast_12_weeks"]) / 84 * lead_days * (0.5 + service_level)
    return max(0, round(needed - int(vector["stock"]) - int(vector["in_transit"])))
