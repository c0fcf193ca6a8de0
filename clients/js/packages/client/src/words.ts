// The page's own few words, in the languages that the server speaks: tag, try again now, expected back, planned maintenance,
// dismiss. The first two are the server's (pages/locales), which a test compares.
const table = `ar|إعادة المحاولة الآن|العودة المتوقعة|صيانة مجدولة|إغلاق
fa|اکنون دوباره تلاش کنید|زمان تقریبی بازگشت|تعمیرات برنامه‌ریزی‌شده|بستن
he|לנסות שוב עכשיו|חזרה צפויה|תחזוקה מתוכננת|סגירה
bg|Опитайте отново сега|Очаквано възстановяване|Планирана поддръжка|Затваряне
sr|Покушајте поново|Очекивани повратак|Планирано одржавање|Затвори
ru|Повторить сейчас|Ожидаемое восстановление|Плановые работы|Закрыть
uk|Спробувати зараз|Очікуване відновлення|Планові роботи|Закрити
el|Δοκιμάστε ξανά τώρα|Εκτιμώμενη επιστροφή|Προγραμματισμένη συντήρηση|Κλείσιμο
bn|এখনই আবার চেষ্টা করুন|ফেরার সম্ভাব্য সময়|পরিকল্পিত রক্ষণাবেক্ষণ|বন্ধ করুন
hi|अभी फिर कोशिश करें|वापसी का अनुमानित समय|नियोजित रखरखाव|बंद करें
th|ลองอีกครั้งตอนนี้|คาดว่าจะกลับมา|การบำรุงรักษาตามแผน|ปิด
ja|今すぐ再試行|再開予定|計画メンテナンス|閉じる
ko|지금 다시 시도|재개 예정|예정된 점검|닫기
zh-Hans|立即重试|预计恢复|计划维护|关闭
zh-Hant|立即重試|預計恢復|計劃維護|關閉
en|Try again now|Expected back|Planned maintenance|Dismiss
de|Jetzt erneut versuchen|Voraussichtlich bis|Geplante Wartung|Schließen
nl|Nu opnieuw proberen|Verwacht terug|Gepland onderhoud|Sluiten
da|Prøv igen nu|Forventes tilbage|Planlagt vedligeholdelse|Luk
nb|Prøv igjen nå|Ventes tilbake|Planlagt vedlikehold|Lukk
sv|Försök igen nu|Väntas tillbaka|Planerat underhåll|Stäng
fi|Yritä nyt uudelleen|Arvioitu paluu|Suunniteltu huolto|Sulje
et|Proovige kohe uuesti|Eeldatav taastumine|Plaaniline hooldus|Sulge
lt|Bandyti dar kartą|Numatomas atkūrimas|Planinė priežiūra|Uždaryti
lv|Mēģināt vēlreiz|Paredzamā atjaunošana|Plānota apkope|Aizvērt
cs|Zkusit znovu|Předpokládané obnovení|Plánovaná údržba|Zavřít
sk|Skúsiť znova|Predpokladané obnovenie|Plánovaná údržba|Zavrieť
pl|Spróbuj ponownie teraz|Przewidywany powrót|Planowana konserwacja|Zamknij
hr|Pokušajte ponovno|Očekivani povratak|Planirano održavanje|Zatvori
sl|Poskusite znova|Predvidoma spet na voljo|Načrtovano vzdrževanje|Zapri
hu|Próbálja újra most|Várható visszatérés|Tervezett karbantartás|Bezárás
tr|Şimdi yeniden deneyin|Tahmini dönüş|Planlı bakım|Kapat
id|Coba lagi sekarang|Perkiraan kembali|Pemeliharaan terjadwal|Tutup
vi|Thử lại ngay|Dự kiến trở lại|Bảo trì theo kế hoạch|Đóng
fr|Réessayer maintenant|Retour prévu|Maintenance planifiée|Fermer
it|Riprova ora|Ripristino previsto|Manutenzione programmata|Chiudi
ca|Torneu-ho a provar ara|Retorn previst|Manteniment programat|Tanca
es|Reintentar ahora|Restablecimiento previsto|Mantenimiento programado|Cerrar
pt-BR|Tentar novamente agora|Retorno previsto|Manutenção programada|Fechar
pt-PT|Tentar novamente agora|Regresso previsto|Manutenção programada|Fechar
ro|Încercați din nou acum|Revenire estimată|Mentenanță planificată|Închide`;

/** Retry, until, planned and dismiss, by language tag. */
export const words: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  table.split('\n').map((line) => {
    const [tag, ...said] = line.split('|');
    return [tag, said];
  }),
);
