"""FHIR R4: its resources read into facts, and ours written as its resources."""
