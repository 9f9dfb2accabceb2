"""What the records say that receivers judge our mail by: SPF, DKIM, DMARC; text in, values out."""
