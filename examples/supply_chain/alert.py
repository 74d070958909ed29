import os

import boto3

sns = boto3.client("sns")


def handler(event, context):
    """CloudWatch calls this when an alarm goes off."""
    alarm = event["alarmData"]
    state = alarm["state"]
    text = f"{alarm['alarmName']} is {state['value']} since {state['timestamp']}: {state['reason']}"
    sns.publish(TopicArn=os.environ["TOPIC"], Subject=alarm["alarmName"][:100], Message=text)
