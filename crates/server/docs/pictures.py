"""Makes the pictures of the page for the README: python pictures.py http://127.0.0.1:8080/ [GENRE]

Needs Selenium and Chromium, and a `gtzan serve` at the address. The sound is a clip of the demo corpus.
"""

import base64
import pathlib
import sys
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

HERE = pathlib.Path(__file__).parent


def picture(driver, name, width, height, scheme, address, genre):
    """Opens the page at a width, lets a demo clip play for some seconds, and keeps what is seen."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    driver.get(address)
    find = lambda selector: driver.find_element(By.CSS_SELECTOR, selector)
    waiting = WebDriverWait(driver, 60)
    waiting.until(lambda _: len(driver.find_elements(By.CSS_SELECTOR, "[data-testid=demo]")) == 10)
    find(f"[data-testid=demo][data-genre={genre}]").click()
    waiting.until(lambda _: driver.find_elements(By.CSS_SELECTOR, "[data-testid=song][data-state=done]"))
    find("[data-testid=play]").click()
    time.sleep(8)
    driver.execute_script("arguments[0].scrollIntoView({block: 'start'}); scrollBy(0, -16)", find("[data-testid=song]"))
    time.sleep(0.5)
    taken = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    (HERE / name).write_bytes(base64.b64decode(taken["data"]))


def main():
    address, genre = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "hiphop"
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--autoplay-policy=no-user-gesture-required"]:
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options)
    picture(driver, "page.png", 1100, 1180, "light", address, genre)
    picture(driver, "phone.png", 390, 844, "dark", address, genre)
    driver.quit()


if __name__ == "__main__":
    main()
