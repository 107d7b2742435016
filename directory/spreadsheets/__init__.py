"""Listings as files of rows: clinics and physiotherapists to and from CSV and XLSX.

``sheet`` and ``workbook`` read a file, whatever was sent; ``resource`` says of each row whether it is new,
changed, same or wrong; ``keeping`` writes. The admin and the command ``import_listings`` share all of it.
docs/decisions/0010-spreadsheets.md says what django-import-export does here and what it does not.
"""
