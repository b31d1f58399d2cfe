"""Forms made of the study file: to print, to fill in Word, and for survey tools."""
